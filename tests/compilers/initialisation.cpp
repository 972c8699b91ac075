// Variables, members, exceptions and elements that are made of what a co_await gives.

#include "compilers/forms.hpp"
#include "support/catch.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace compilers {

using juggle::Generator;
using juggle::Task;

namespace {

Task<std::pair<Counted, Counted>> give_std_pair() {
    co_await juggle::yield();
    co_return std::pair<Counted, Counted>{1, 2};
}

Task<std::vector<Counted>> give_all() {
    co_await juggle::yield();
    std::vector<Counted> all;
    all.emplace_back(1);
    all.emplace_back(2);
    co_return all;
}

Task<Pair> returns_aggregate() { co_return Pair{co_await give(1), co_await give(2)}; }

Task<Pair> returns_braces() { co_return {co_await give(1), co_await give(2)}; }

Task<Counted> returns_result() { co_return co_await give(1); }

Task<int> throws() {
    throw Counted{co_await number(1)};
    co_return 0;
}

Task<int> throws_result() {
    throw co_await give(1);
    co_return 0;
}

Task<int> throws_variable() {
    const Counted error = co_await give(1);
    throw error;
    co_return 0;
}

Generator<Pair> yields_aggregate() { co_yield Pair{1, 2}; }

Generator<Pair> yields_braces() { co_yield {1, 2}; }

Generator<Pair> yields_variable() {
    Pair pair{1, 2};
    co_yield std::move(pair);
}

Generator<Pair> yields_call() { co_yield make_pair(1, 2); }

Generator<std::function<int()>> yields_lambda() {
    const Counted data{1};
    co_yield [data] { return data.value(); };
}

Generator<Counted> yields_one_of() { co_yield yes ? Counted{1} : Counted{2}; }

Generator<Counted> yields_values() {
    co_yield Counted{1};
    co_yield make(2);
    co_yield co_await give(3);
}

Generator<Counted> yields_elements() { co_yield juggle::elements_of(yields_values()); }

Task<int> last_of(Generator<Pair> generator) {
    int last = 0;
    while (auto pair = co_await generator.next()) {
        last = digits(pair->left, pair->right);
    }
    co_return last;
}

constexpr Form forms_of_initialisation[] = {
    {"a variable", Gcc::right,
     []() -> Task<bool> {
         const Counted x = co_await give(1);
         co_return x.value() == 1;
     }},
    {"a reference", Gcc::right,
     []() -> Task<bool> {
         const auto& x = co_await give(1);
         co_return x.value() == 1;
     }},
    {"a reference to a member", Gcc::right,
     []() -> Task<bool> {
         const Counted& x = (co_await give_pair()).left;
         co_return x.value() == 1;
     }},
    {"structured bindings", Gcc::right,
     []() -> Task<bool> {
         auto [a, b] = co_await give_pair();
         co_return digits(a, b) == 12;
     }},
    {"structured bindings by reference", Gcc::right,
     []() -> Task<bool> {
         const auto& [a, b] = co_await give_pair();
         co_return digits(a, b) == 12;
     }},
    {"structured bindings of when_all", Gcc::right,
     []() -> Task<bool> {
         auto [a, b] = co_await juggle::when_all(give(1), give(2));
         co_return digits(a, b) == 12;
     }},
    {"structured bindings in a loop", Gcc::right,
     []() -> Task<bool> {
         int sum = 0;
         for (int i = 0; i < 2; ++i) {
             auto [a, b] = co_await give_std_pair();
             co_await juggle::yield();
             sum += digits(a, b);
         }
         co_return sum == 24;
     }},
    {"a range", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         for (const Counted& x : co_await give_all()) {
             n = 10 * n + x.value();
             co_await juggle::yield();
         }
         co_return n == 12;
     }},
    {"an assignment", Gcc::right,
     []() -> Task<bool> {
         Counted x;
         x = co_await give(1);
         co_return x.value() == 1;
     }},
    {"members, one by one", Gcc::right,
     []() -> Task<bool> {
         Pair pair;
         pair.left = co_await give(1);
         pair.right = co_await give(2);
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"arguments of a constructor", Gcc::right,
     []() -> Task<bool> {
         const Made made{co_await give(1), co_await give(2)};
         co_return digits(made.left, made.right) == 12;
     }},
    {"std::pair", Gcc::right,
     []() -> Task<bool> {
         const std::pair<Counted, Counted> pair{co_await give(1), co_await give(2)};
         co_return digits(pair.first, pair.second) == 12;
     }},
    {"std::optional", Gcc::right,
     []() -> Task<bool> {
         const std::optional<Counted> x{co_await give(1)};
         co_return x->value() == 1;
     }},
    {"arguments of a function", Gcc::right,
     []() -> Task<bool> { co_return digits(co_await give(1), co_await give(2)) == 12; }},
    {"emplace_back of an aggregate", Gcc::right,
     []() -> Task<bool> {
         std::vector<Pair> pairs;
         pairs.emplace_back(co_await give(1), co_await give(2));
         co_return digits(pairs[0].left, pairs[0].right) == 12;
     }},
    {"make_unique", Gcc::right,
     []() -> Task<bool> {
         const auto x = std::make_unique<Counted>(co_await give(1));
         co_return x->value() == 1;
     }},
    {"an aggregate of numbers", Gcc::right,
     []() -> Task<bool> {
         struct Numbers {
             int a;
             int b;
         };
         const Numbers n{co_await number(1), co_await number(2)};
         co_return n.a == 1 && n.b == 2;
     }},
    {"operators, from left to right", Gcc::right,
     []() -> Task<bool> {
         int n = 1;
         n = n + co_await number(2);
         n += co_await number(3);
         co_return n == 6;
     }},
    {"a stream", Gcc::right,
     []() -> Task<bool> {
         std::ostringstream stream;
         stream << co_await number(1) << co_await number(2);
         co_return stream.str() == "12";
     }},
    {"Job job{co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Pair pair{co_await give(1), co_await give(2)};
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"Job job = {co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Pair pair = {co_await give(1), co_await give(2)};
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"Job job(co_await a, co_await b)", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Pair pair(co_await give(1), co_await give(2));
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"Job job{.left = co_await a, .right = Data{}}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Pair pair{.left = co_await give(1), .right = Counted{2}};
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"job = {co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Pair pair;
         pair = {co_await give(1), co_await give(2)};
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"auto [x, y] = Job{co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const auto [a, b] = Pair{co_await give(1), co_await give(2)};
         co_return digits(a, b) == 12;
     }},
    {"std::array<Data, 2> x{co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const std::array<Counted, 2> x{co_await give(1), co_await give(2)};
         co_return digits(x[0], x[1]) == 12;
     }},
    {"Data x[]{co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted x[]{co_await give(1), co_await give(2)};
         co_return digits(x[0], x[1]) == 12;
     }},
    {"jobs.push_back({co_await a, co_await b})", Gcc::wrong_to_12,
     []() -> Task<bool> {
         std::vector<Pair> pairs;
         pairs.push_back({co_await give(1), co_await give(2)});
         co_return digits(pairs[0].left, pairs[0].right) == 12;
     }},
    {"co_return Job{co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Pair pair = co_await returns_aggregate();
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"co_return {co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Pair pair = co_await returns_braces();
         co_return digits(pair.left, pair.right) == 12;
     }},
    {"new Data{co_await a}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const std::unique_ptr<Counted> x{new Counted{co_await give(1)}};
         co_return x->value() == 1;
     }},
    {"new Job{co_await a, co_await b}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const std::unique_ptr<Pair> x{new Pair{co_await give(1), co_await give(2)}};
         co_return digits(x->left, x->right) == 12;
     }},
    {"throw Error{co_await a}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         try {
             (void)co_await throws();
         } catch (const Counted& x) {
             co_return x.value() == 1;
         }
         co_return false;
     }},
    {"throw co_await a", Gcc::wrong_to_12,
     []() -> Task<bool> {
         try {
             (void)co_await throws_result();
         } catch (const Counted& x) {
             co_return x.value() == 1;
         }
         co_return false;
     }},
    {"a variable that is thrown", Gcc::right,
     []() -> Task<bool> {
         try {
             (void)co_await throws_variable();
         } catch (const Counted& x) {
             co_return x.value() == 1;
         }
         co_return false;
     }},
    {"co_return of a result", Gcc::right,
     []() -> Task<bool> { co_return (co_await returns_result()).value() == 1; }},
    {"co_return of an aggregate without a co_await", Gcc::right,
     []() -> Task<bool> {
         const Pair pair = co_await give_pair();
         co_return digits(pair.left, pair.right) == 12;
     }},
};

constexpr Form forms_of_yields[] = {
    {"co_yield Job{a, b}", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await last_of(yields_aggregate()) == 12; }},
    {"co_yield {a, b}", Gcc::wrong_to_12,
     []() -> Task<bool> { co_return co_await last_of(yields_braces()) == 12; }},
    {"co_yield [data] { ... }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         auto generator = yields_lambda();
         int n = 0;
         while (auto f = co_await generator.next()) {
             n = (*f)();
         }
         co_return n == 1;
     }},
    {"co_yield c ? Data{1} : Data{2}", Gcc::wrong_to_12,
     []() -> Task<bool> {
         auto generator = yields_one_of();
         int n = 0;
         while (auto x = co_await generator.next()) {
             n = x->value();
         }
         co_return n == 1;
     }},
    {"a variable", Gcc::right,
     []() -> Task<bool> { co_return co_await last_of(yields_variable()) == 12; }},
    {"what a function gives", Gcc::right,
     []() -> Task<bool> { co_return co_await last_of(yields_call()) == 12; }},
    {"what a constructor makes, and an await gives", Gcc::right,
     []() -> Task<bool> {
         auto generator = yields_values();
         int n = 0;
         while (auto x = co_await generator.next()) {
             n = 10 * n + x->value();
         }
         co_return n == 123;
     }},
    {"the elements of another", Gcc::right,
     []() -> Task<bool> {
         auto generator = yields_elements();
         int n = 0;
         while (auto x = co_await generator.next()) {
             n = 10 * n + x->value();
         }
         co_return n == 123;
     }},
};

}  // namespace

}  // namespace compilers

TEST_CASE("forms: what is initialised by a co_await") {
    compilers::check_forms(compilers::forms_of_initialisation);
}

TEST_CASE("forms: what is yielded") { compilers::check_forms(compilers::forms_of_yields); }
