// What to write instead, and what looks like it: scripts/check-coroutines finds nothing here.

#include <juggle/executor.hpp>
#include <juggle/task.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using juggle::Executor;
using juggle::Task;
using Text = std::string;

struct Pair {
    Text left;
    Text right;
};
struct Numbers {
    int left;
    int right;
};
struct Times {
    std::chrono::nanoseconds first;
    std::chrono::nanoseconds second;
};

Task<Text> give() { co_return "text"; }
Task<int> number() { co_return 1; }
Task<Numbers> numbers() { co_return Numbers{1, 2}; }
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
    Text text;
    if (which) {
        text = co_await give();
    } else {
        text = co_await give();
    }
    const Text one{"one"};
    const Text braces{co_await give()};
    (void)braces;
    co_await take(which ? one : text);
    const int n = which ? co_await number() : co_await number();
    const Text unawaited = which ? Text{"one"} : Text{"two"};
    co_await call([&] { return which ? Text{"one"} : unawaited; });
    const Numbers chosen = which ? co_await numbers() : co_await numbers();
    (void)n, (void)chosen;
}

Task<> aggregates() {
    Pair pair;
    pair.left = co_await give();
    pair.right = co_await give();
    co_await take_pair(std::move(pair));
    const Pair unawaited{"one", "two"};
    const Numbers numbers{co_await number(), co_await number()};
    const Times times{std::chrono::nanoseconds{co_await number()}, std::chrono::seconds{1}};
    (void)times;
    const std::pair<Text, Text> made{co_await give(), co_await give()};
    (void)unawaited, (void)numbers, (void)made;
}

Task<> lambdas(Text text) {
    co_await call([&text] { (void)text.size(); });
    int n = 1;
    co_await call([n] { (void)n; });
    auto named = [text] { (void)text.size(); };
    co_await call(std::move(named));
}

Task<> throws() {
    std::runtime_error error{co_await give()};
    throw error;
}

Task<> conditions(bool more) {
    const bool is = co_await truth();
    if (is && co_await truth()) {
        more = false;
    }
    while (more) {
        if (!co_await truth()) {
            break;
        }
    }
}

Task<> references(Executor& executor, Text& text) {
    executor.spawn(look(text)).detach();
    co_await look("temporary");
    const auto body = [&text]() -> Task<> { co_await look(text); };
    co_await body();
    co_await [&text]() -> Task<> { co_await look(text); }();
    executor.spawn([](Text given) -> Task<> { co_await look(given); }(text)).detach();
}

}  // namespace

void use_all(Executor& executor, Text& text) {
    executor.run(conditionals(true));
    executor.run(aggregates());
    executor.run(lambdas("text"));
    executor.run(throws());
    executor.run(conditions(true));
    executor.run(look("temporary"));
    executor.run(references(executor, text));
}
