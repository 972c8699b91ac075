// What scripts/check-coroutines finds: in each line that says so, and nowhere else.

#include <juggle/executor.hpp>
#include <juggle/generator.hpp>
#include <juggle/task.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using juggle::Executor;
using juggle::Generator;
using juggle::Task;
using Text = std::string;

struct Pair {
    Text left;
    Text right;
};

Task<Text> give() { co_return "text"; }
Task<bool> truth() { co_return true; }
Task<> take(Text) { co_return; }
Task<> take_pair(Pair) { co_return; }
Task<> look(const Text&) { co_return; }
template <class Function>
Task<> call(Function function) {
    function();
    co_return;
}

Task<> conditionals(bool which) {
    auto text = which ? co_await give() : co_await give();  // wrong: conditional
    co_await take(which ? Text{"one"} : Text{"two"});       // wrong: conditional
    co_await (which ? take("one") : take("two"));           // wrong: conditional
    (void)text;
}

Task<> aggregates() {
    Pair pair{co_await give(), co_await give()};  // wrong: aggregate
    co_await take_pair(Pair{"one", "two"});       // wrong: aggregate
    co_await take_pair({"one", "two"});           // wrong: aggregate
    pair = {co_await give(), "two"};              // wrong: aggregate
}

Task<Pair> returns_aggregate() {
    co_return Pair{co_await give(), co_await give()};  // wrong: aggregate
}

Generator<Pair> yields_aggregates() {
    co_yield Pair{"one", "two"};  // wrong: aggregate
    co_yield {"one", "two"};      // wrong: aggregate
}

Task<> arrays() {
    const std::array<Text, 2> array{co_await give(), co_await give()};  // wrong: aggregate
    const Text plain[]{co_await give(), co_await give()};               // wrong: aggregate
    (void)array, (void)plain;
}

Task<> on_the_heap() {
    const std::unique_ptr<Text> text{new Text{co_await give()}};  // wrong: new
    const std::unique_ptr<Pair> pair{
        new Pair{co_await give(), co_await give()}};  // wrong: aggregate
}

Task<> lambdas(Text text) {
    co_await call([text] { (void)text.size(); });                    // wrong: lambda
    co_await call([text = std::move(text)] { (void)text.size(); });  // wrong: lambda
}

Task<> throws() {
    throw std::runtime_error{co_await give()};  // wrong: throw
}

Task<> stuck() {
    if (co_await truth()) {}  // wrong: condition
}

Task<> loops(bool more) {
    while (more && co_await truth()) {}  // wrong: loop
    int n = 0;
    for (; more || co_await truth();) {  // wrong: loop
        ++n;
    }
}

Task<> dangling(Executor& executor, int number) {
    executor.spawn(look("temporary")).detach();  // wrong: reference
    auto task = [number]() -> Task<> {           // wrong: closure
        co_await take(std::to_string(number));
    }();
    executor.spawn(std::move(task)).detach();
    Task<> later = look(Text{"temporary"});  // wrong: reference
    co_await std::move(later);
}

}  // namespace

void use_all(Executor& executor) {
    executor.run(conditionals(true));
    executor.run(aggregates());
    (void)executor.run(returns_aggregate());
    (void)yields_aggregates();
    executor.run(arrays());
    executor.run(on_the_heap());
    executor.run(lambdas("text"));
    executor.run(throws());
    executor.run(stuck());
    executor.run(loops(true));
    executor.run(dangling(executor, 1));
}
