// What the library's own functions are given within a co_await.

#include "compilers/forms.hpp"
#include "support/catch.hpp"

#include <juggle/juggle.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

namespace compilers {

using juggle::Channel;
using juggle::Resource;
using juggle::Task;

namespace {

struct Job {
    std::string name;
    Counted data;
};

Task<int> work(Counted data) {
    co_await juggle::yield();
    co_return data.value();
}

const Form forms_of_lambdas[] = {
    {"co_await offload([data] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await juggle::offload([data] { return data.value(); }) == 1;
     }},
    {"co_await offload(pool, [data] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         juggle::ThreadPool pool{1};
         const Counted data{1};
         co_return co_await juggle::offload(pool, [data] { return data.value(); }) == 1;
     }},
    {"co_await when_all(offload([data] { ... }), ...)", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         auto [first, second] = co_await juggle::when_all(
             juggle::offload([data] { return data.value(); }), juggle::yield());
         co_return first == 1;
     }},
    {"co_await resource.use([data](T& value) { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Resource<int> resource{1};
         const Counted data{1};
         co_return co_await resource.use([data](int& n) { return n + data.value(); }) == 2;
     }},
    {"co_await lock.use([data] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Resource<void> lock;
         const Counted data{1};
         co_return co_await lock.use([data] { return data.value(); }) == 1;
     }},
    {"co_await with_task_group([data](TaskGroup& group) -> Task<> { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await juggle::with_task_group([data](juggle::TaskGroup&) -> Task<int> {
             co_await juggle::yield();
             co_return data.value();
         }) == 1;
     }},
    {"by reference: offload", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await juggle::offload([&data] { return data.value(); }) == 1;
     }},
    {"by reference: use", Gcc::right,
     []() -> Task<bool> {
         Resource<int> resource{1};
         const Counted data{1};
         co_return co_await resource.use([&data](int& n) -> Task<int> {
             co_await juggle::yield();
             co_return n + data.value();
         }) == 2;
     }},
    {"by reference: with_task_group", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await juggle::with_task_group([&data](juggle::TaskGroup&) -> Task<int> {
             co_await juggle::yield();
             co_return data.value();
         }) == 1;
     }},
    {"arguments: offload", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         co_return co_await juggle::offload([](const Counted& c) { return c.value(); }, data) == 1;
     }},
    {"arguments: offload to a pool", Gcc::right,
     []() -> Task<bool> {
         juggle::ThreadPool pool{1};
         co_return co_await juggle::offload(
             pool, [](Counted c, const Counted& d) { return digits(c, d); }, Counted{1},
             Counted{2}) == 12;
     }},
    {"a named lambda: offload", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         auto function = [data] { return data.value(); };
         co_return co_await juggle::offload(std::move(function)) == 1;
     }},
    {"a named await: offload", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         auto reading = juggle::offload([data] { return data.value(); });
         co_return co_await reading == 1;
     }},
    {"a named task: use", Gcc::right,
     []() -> Task<bool> {
         Resource<int> resource{1};
         const Counted data{1};
         Task<int> using_it = resource.use([data](int& n) { return n + data.value(); });
         co_return co_await std::move(using_it) == 2;
     }},
    {"a named task: use of a lock", Gcc::right,
     []() -> Task<bool> {
         Resource<void> lock;
         const Counted data{1};
         Task<int> using_it = lock.use([data] { return data.value(); });
         co_return co_await std::move(using_it) == 1;
     }},
    {"a named task: with_task_group", Gcc::right,
     []() -> Task<bool> {
         const Counted data{1};
         Task<int> all = juggle::with_task_group([data](juggle::TaskGroup&) -> Task<int> {
             co_await juggle::yield();
             co_return data.value();
         });
         co_return co_await std::move(all) == 1;
     }},
};

const Form forms_of_values[] = {
    {"co_await channel.push(Job{a, b})", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Channel<Pair> channel{1};
         co_await channel.push(Pair{1, 2});
         const auto pair = channel.try_pop();
         co_return digits(pair->left, pair->right) == 12;
     }},
    {"co_await channel.push({a, b})", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Channel<Pair> channel{1};
         co_await channel.push({1, 2});
         const auto pair = channel.try_pop();
         co_return digits(pair->left, pair->right) == 12;
     }},
    {"co_await channel.push([data] { ... })", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Channel<std::function<int()>> channel{1};
         const Counted data{1};
         co_await channel.push([data] { return data.value(); });
         co_return (*channel.try_pop())() == 1;
     }},
    {"co_await jobs.push(process(Job{a, b}))", Gcc::wrong_to_12,
     []() -> Task<bool> {
         juggle::JobQueue jobs{1};
         co_await jobs.push(take_pair(Pair{1, 2}));
         co_await jobs.finish();
         co_return true;
     }},
    {"auto a = c ? co_await r.acquire() : co_await s.acquire()", Gcc::wrong_to_12,
     []() -> Task<bool> {
         Resource<Counted> resource{Counted{1}};
         Resource<Counted> other{Counted{2}};
         auto allocation = yes ? co_await resource.acquire() : co_await other.acquire();
         if (!allocation.held()) {
             co_return false;
         }
         const bool right = allocation->value() == 1;
         allocation.ready();
         co_return right&& resource.idle() && other.idle();
     }},
    {"push of what a constructor makes", Gcc::right,
     []() -> Task<bool> {
         Channel<Counted> channel{1};
         co_await channel.push(Counted{1});
         co_return channel.try_pop()->value() == 1;
     }},
    {"push of a variable", Gcc::right,
     []() -> Task<bool> {
         Channel<Job> channel{1};
         Job job{"a name that is too long for the small buffer of a string", 1};
         co_await channel.push(std::move(job));
         co_return channel.try_pop()->data.value() == 1;
     }},
    {"emplace", Gcc::right,
     []() -> Task<bool> {
         Channel<Job> channel{1};
         co_await channel.emplace("a name that is too long for the small buffer of a string", 1);
         co_return channel.try_pop()->data.value() == 1;
     }},
    {"emplace that waits", Gcc::right,
     []() -> Task<bool> {
         Channel<Pair> channel{0};
         const auto pushing = juggle::Executor::current()->spawn(
             [](Channel<Pair>& to) -> Task<> { co_await to.emplace(1, 2); }(channel));
         const auto pair = co_await channel.pop();
         co_await pushing;
         co_return digits(pair->left, pair->right) == 12;
     }},
    {"a job", Gcc::right,
     []() -> Task<bool> {
         juggle::JobQueue jobs{1};
         co_await jobs.push(work(Counted{1}));
         co_await jobs.finish();
         co_return true;
     }},
    {"when_all", Gcc::right,
     []() -> Task<bool> {
         auto [a, b] = co_await juggle::when_all(work(Counted{1}), work(Counted{2}));
         co_return a == 1 && b == 2;
     }},
    {"when_any", Gcc::right,
     []() -> Task<bool> {
         auto winner = co_await juggle::when_any(work(Counted{1}), work(Counted{1}));
         co_return winner.index() < 2;
     }},
    {"timeout", Gcc::right,
     []() -> Task<bool> {
         co_return co_await juggle::timeout(std::chrono::hours{1}, work(Counted{1})) == 1;
     }},
    {"as_outcome", Gcc::right,
     []() -> Task<bool> {
         const auto outcome = co_await juggle::as_outcome(work(Counted{1}));
         co_return outcome.value() == 1;
     }},
    {"shield", Gcc::right,
     []() -> Task<bool> { co_return co_await juggle::shield(work(Counted{1})) == 1; }},
    {"a handle", Gcc::right,
     []() -> Task<bool> {
         co_return co_await juggle::Executor::current()->spawn(work(Counted{1})) == 1;
     }},
    {"acquire_all", Gcc::right,
     []() -> Task<bool> {
         Resource<Counted> first{Counted{1}};
         Resource<Counted> second{Counted{2}};
         auto both = co_await juggle::acquire_all(first, second);
         auto& [a, b] = both;
         const bool right = digits(*a, *b) == 12;
         a.ready();
         b.ready();
         co_return right;
     }},
    {"acquire", Gcc::right,
     []() -> Task<bool> {
         Resource<Counted> resource{Counted{1}};
         auto allocation = co_await resource.acquire();
         const bool right = allocation->value() == 1;
         allocation.ready();
         co_return right;
     }},
};

}  // namespace

}  // namespace compilers

TEST_CASE("forms: a lambda for a function of the library") {
    compilers::check_forms(compilers::forms_of_lambdas);
}

TEST_CASE("forms: a value for a function of the library") {
    compilers::check_forms(compilers::forms_of_values);
}
