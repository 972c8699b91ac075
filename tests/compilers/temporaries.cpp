// Objects that are made within a co_await expression, and live until its end.

#include "compilers/forms.hpp"
#include "support/catch.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <functional>
#include <utility>
#include <vector>

namespace compilers {

using juggle::Task;

namespace {

struct Options {
    Counted counted{3};
    int count = 1;

    Task<int> member() const {
        co_await juggle::yield();
        co_return counted.value() + count;
    }
};

class Object {
public:
    explicit Object(int value) : counted_{value} {}
    Task<int> member() const {
        co_await juggle::yield();
        co_return counted_.value();
    }

private:
    Counted counted_;
};

Task<int> defaulted(Counted counted = Counted{7}) {
    co_await juggle::yield();
    co_return counted.value();
}

Task<int> take_options(Options options) {
    co_await juggle::yield();
    co_return options.counted.value() + options.count;
}

Task<int> defaulted_options(Options options = {}) {
    co_await juggle::yield();
    co_return options.counted.value() + options.count;
}

Task<int> take_both(Counted first, Counted second) {
    co_await juggle::yield();
    co_return digits(first, second);
}

Task<int> take_made(Made made) {
    co_await juggle::yield();
    co_return digits(made.left, made.right);
}

Task<int> take_all(std::vector<Counted> all) {
    co_await juggle::yield();
    co_return digits(all.at(0), all.at(1));
}

Task<int> take_array(std::array<Counted, 2> array) {
    co_await juggle::yield();
    co_return digits(array[0], array[1]);
}

Task<int> fail(Counted) {
    co_await juggle::yield();
    throw 5;
    co_return 0;
}

Task<Counted> returns_one_of() { co_return yes ? co_await give(1) : co_await give(2); }

auto make_lambda(Counted data) {
    return [data] { return data.value(); };
}

constexpr Form forms_of_temporaries[] = {
    {"take(Counted{1})", Gcc::right,
     []() -> Task<bool> { co_return co_await take(Counted{1}) == 1; }},
    {"take(1), converted", Gcc::right, []() -> Task<bool> { co_return co_await take(1) == 1; }},
    {"take({1})", Gcc::right, []() -> Task<bool> { co_return co_await take({1}) == 1; }},
    {"look(Counted{1})", Gcc::right,
     []() -> Task<bool> { co_return co_await look(Counted{1}) == 1; }},
    {"take(make(1))", Gcc::right, []() -> Task<bool> { co_return co_await take(make(1)) == 1; }},
    {"look(make(1))", Gcc::right, []() -> Task<bool> { co_return co_await look(make(1)) == 1; }},
    {"a default argument", Gcc::right, []() -> Task<bool> { co_return co_await defaulted() == 7; }},
    {"two at once", Gcc::right,
     []() -> Task<bool> { co_return co_await take_both(Counted{1}, Counted{2}) == 12; }},
    {"a result within the arguments of another", Gcc::right,
     []() -> Task<bool> { co_return co_await take(co_await give(1)) == 1; }},
    {"take_made(Made{1, 2})", Gcc::right,
     []() -> Task<bool> { co_return co_await take_made(Made{1, 2}) == 12; }},
    {"a vector of two copies", Gcc::right,
     []() -> Task<bool> {
         co_return co_await take_all(std::vector<Counted>(2, Counted{1})) == 11;
     }},
    {"the object of a member function", Gcc::right,
     []() -> Task<bool> { co_return co_await Object{1}.member() == 1; }},
    {"an exception out of the await", Gcc::right,
     []() -> Task<bool> {
         try {
             (void)co_await fail(Counted{1});
         } catch (int) {
             co_return true;
         }
         co_return false;
     }},
    {"an exception out of the second argument", Gcc::right,
     []() -> Task<bool> {
         try {
             (void)co_await take_both(Counted{1}, Counted{co_await fail(Counted{2})});
         } catch (int) {
             co_return true;
         }
         co_return false;
     }},
    {"co_await work(Job{a, b})", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await take_pair(Pair{1, 2}) == 12; }},
    {"co_await work({a, b})", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await take_pair({Counted{1}, Counted{2}}) == 12; }},
    {"co_await work(Job(a, b))", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await look_at_pair(Pair(1, 2)) == 12; }},
    {"co_await work({.count = 2})", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await take_options({.count = 2}) == 5; }},
    {"co_await work({})", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await take_options({}) == 4; }},
    {"Task<> work(Job job = {})`, `co_await work()", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await defaulted_options() == 4; }},
    {"co_await work(std::array{a, b})", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted a{1};
         const Counted b{2};
         co_return co_await take_array(std::array{a, b}) == 12;
     }},
    {"co_await Job{a}.member()", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await Options{1}.member() == 2; }},
    {"Job job{a, b}; co_await work(std::move(job))", Gcc::right,
     []() -> Task<bool> {
         Pair pair{1, 2};
         co_return co_await take_pair(std::move(pair)) == 12;
     }},
    {"co_await work(make_job(a, b))", Gcc::right,
     []() -> Task<bool> { co_return co_await take_pair(make_pair(1, 2)) == 12; }},
};

constexpr Form forms_of_lambdas[] = {
    {"co_await call([data] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await call([data] { return data.value(); }) == 1;
     }},
    {"co_await call([data = std::move(data)] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Counted data{1};
         co_return co_await call([data = std::move(data)] { return data.value(); }) == 1;
     }},
    {"co_await call(std::function<int()>{[data] { ... }})", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await call(std::function<int()>{[data] { return data.value(); }}) == 1;
     }},
    {"co_await [data]() -> Task<> { ... }()", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await [data]() -> Task<int> {
             co_await juggle::yield();
             co_return data.value();
         }() == 1;
     }},
    {"[data] { ... }() + co_await a", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         const int sum = [data] { return data.value(); }() + co_await number(1);
         co_return sum == 2;
     }},
    {"auto f = [data = co_await a] { ... }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const auto f = [data = co_await give(1)] { return data.value(); };
         co_return f() == 1;
     }},
    {"co_await call_in_place([data] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await call_in_place([data] { return data.value(); }) == 1;
     }},
    {"co_await call([&data] { ... })", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await call([&data] { return data.value(); }) == 1;
     }},
    {"a number", Gcc::right,
     []() -> Task<bool> {
         int n = 1;
         co_return co_await call([n] { return n; }) == 1;
     }},
    {"co_await call(f)", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         auto f = [data] { return data.value(); };
         co_return co_await call(f) == 1;
     }},
    {"co_await call(std::move(f))", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         auto f = [data] { return data.value(); };
         co_return co_await call(std::move(f)) == 1;
     }},
    {"co_await call(make_lambda(data))", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await call(make_lambda(data)) == 1;
     }},
    {"co_await call(std::bind_front(f, data))", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await call(
             std::bind_front([](const Counted& c) { return c.value(); }, data)) == 1;
     }},
    {"auto task = call([data] { ... }); co_await std::move(task)", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         auto task = call([data] { return data.value(); });
         co_return co_await std::move(task) == 1;
     }},
    {"co_await [](Data data) -> Task<> { ... }(data)", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await [](Counted given) -> Task<int> {
             co_await juggle::yield();
             co_return given.value();
         }(data) == 1;
     }},
    {"a lambda, called without a co_await", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         const int n = [data] { return data.value(); }();
         co_return n == 1;
     }},
};

constexpr Form forms_of_conditional_operators[] = {
    {"auto x = c ? co_await a : co_await b", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const auto x = yes ? co_await give(1) : co_await give(2);
         co_return x.value() == 1;
     }},
    {"auto x = c ? co_await a : Data{}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const auto x = yes ? co_await give(1) : Counted{2};
         co_return x.value() == 1;
     }},
    {"auto x = co_await c ? Data{1} : Data{2}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int asked = 0;
         const auto x = co_await truth(true, asked) ? Counted{1} : Counted{2};
         co_return x.value() == 1;
     }},
    {"x = c ? co_await a : co_await b", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Counted x;
         x = yes ? co_await give(1) : co_await give(2);
         co_return x.value() == 1;
     }},
    {"co_return c ? co_await a : co_await b", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return (co_await returns_one_of()).value() == 1; }},
    {"co_await work(c ? Data{1} : Data{2})", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await take(yes ? Counted{1} : Counted{2}) == 1; }},
    {"co_await work(c ? data : Data{})", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await look(yes ? data : Counted{2}) == 1;
     }},
    {"co_await (c ? work(1) : work(2))", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await (yes ? take(Counted{1}) : take(Counted{2})) == 1; }},
    {"of numbers", Gcc::right,
     []() -> Task<bool> {
         const int n = yes ? co_await number(1) : co_await number(2);
         co_return n == 1;
     }},
    {"of variables", Gcc::right,
     []() -> Task<bool> {
         const Counted one{1};
         const Counted two{2};
         co_return co_await take(yes ? one : two) == 1;
     }},
    {"without a co_await", Gcc::right,
     []() -> Task<bool> {
         const Counted x = yes ? Counted{1} : Counted{2};
         co_return x.value() == 1;
     }},
    {"if and else", Gcc::right,
     []() -> Task<bool> {
         Counted x;
         if (yes) {
             x = co_await give(1);
         } else {
             x = co_await give(2);
         }
         co_return x.value() == 1;
     }},
};

}  // namespace

}  // namespace compilers

TEST_CASE("forms: temporaries in a co_await are destroyed once") {
    compilers::check_forms(compilers::forms_of_temporaries);
}

TEST_CASE("forms: a lambda within a co_await") {
    compilers::check_forms(compilers::forms_of_lambdas);
}

TEST_CASE("forms: the conditional operator within a co_await") {
    compilers::check_forms(compilers::forms_of_conditional_operators);
}
