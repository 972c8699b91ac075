// A resource as a future, its first ticket as the promise: what docs/reference/resource.md says.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using juggle::JoinHandle;
using juggle::Resource;
using juggle::Task;
using support::contains;
using support::exception_of;
using support::is;
using support::PolledExecutor;
using support::TestExecutor;

using namespace std::chrono_literals;

namespace {

using Answer = Resource<std::optional<int>>;
using Promise = Answer::Allocation;

Task<int> get(Answer& answer) {
    auto ticket = co_await answer.acquire_shared();
    const int number = ticket->value();
    ticket.ready();
    co_return number;
}

Task<> give(Promise promise, int number) {
    co_await juggle::sleep_for(1s);
    promise->emplace(number);
    promise.ready();
}

Task<> fail_with(Promise promise, const char* text) {
    co_await juggle::sleep_for(1s);
    promise.fail(std::make_exception_ptr(std::runtime_error{text}));
}

Task<> throw_with(Promise, const char* text) {
    co_await juggle::sleep_for(1s);
    throw std::runtime_error{text};
}

Task<> forget(Promise) { co_await juggle::sleep_for(1s); }

/// The text of what is nested into the exception that says that the promise was not kept.
std::string cause_of(const std::exception_ptr& poisoned) {
    try {
        std::rethrow_exception(poisoned);
    } catch (const juggle::ResourcePoisoned& error) {
        try {
            std::rethrow_if_nested(error);
        } catch (const std::runtime_error& cause) {
            return cause.what();
        }
    } catch (const std::exception&) {}
    return {};
}

}  // namespace

CO_TEST_CASE("whoever waits gets the value, and so does whoever comes later") {
    Answer answer{"answer", std::nullopt};
    Promise promise = co_await answer.acquire();
    const JoinHandle<> giver = executor.spawn(give(std::move(promise), 42));
    const auto [one, other] = co_await juggle::when_all(get(answer), get(answer));
    const int later = co_await get(answer);
    CHECK(one == 42);
    CHECK(other == 42);
    CHECK(later == 42);
    co_await giver;
}

CO_TEST_CASE("all who wait get the exception that is given instead") {
    Answer answer{"answer", std::nullopt};
    Promise promise = co_await answer.acquire();
    const JoinHandle<> giver = executor.spawn(fail_with(std::move(promise), "no"));
    const auto [one, other] =
        co_await juggle::when_all(exception_of(get(answer)), exception_of(get(answer)));
    CHECK(cause_of(one) == "no");
    CHECK(cause_of(other) == "no");
    co_await giver;
}

CO_TEST_CASE("a promise that an exception takes away gives that exception") {
    Answer answer{"answer", std::nullopt};
    Promise promise = co_await answer.acquire();
    const JoinHandle<> giver = executor.spawn(throw_with(std::move(promise), "elsewhere"));
    const std::exception_ptr error = co_await exception_of(get(answer));
    CHECK(cause_of(error) == "elsewhere");
    const std::exception_ptr own = co_await exception_of(giver);
    CHECK(is<std::runtime_error>(own));
}

TEST_CASE("a promise that is forgotten is reported, and is an error for those who wait") {
    TestExecutor test;
    std::exception_ptr error;
    test.executor.run([](juggle::Executor& executor, std::exception_ptr& seen) -> Task<> {
        Answer answer{"answer", std::nullopt};
        Promise promise = co_await answer.acquire();
        const JoinHandle<> giver = executor.spawn(forget(std::move(promise)));
        seen = co_await exception_of(get(answer));
        co_await giver;
    }(test.executor, error));
    CHECK(is<std::bad_optional_access>(error));
    REQUIRE(test.reports.diagnostics.size() == 1);
    CHECK(contains(test.reports.diagnostics[0], "resource 'answer', acquired at " __FILE__));
    CHECK(contains(test.reports.diagnostics[0], "was not made ready"));
}

CO_TEST_CASE("the future may go before the promise is kept") {
    auto answer = std::make_unique<Answer>("answer", std::nullopt);
    Promise promise = co_await answer->acquire();
    const JoinHandle<> giver = executor.spawn(give(std::move(promise), 42));
    const std::exception_ptr error = co_await exception_of(juggle::timeout(1ms, get(*answer)));
    CHECK(is<juggle::TimedOut>(error));
    answer.reset();
    co_await giver;
}

TEST_CASE("what is waited for has the name of the future, and who promised it is told") {
    PolledExecutor polled;
    Answer answer{"answer", std::nullopt};
    juggle::AsyncEvent go_on;
    const auto keep = [&]() -> Task<> {
        Promise promise = co_await answer.acquire();
        co_await go_on;
        promise->emplace(42);
        promise.ready();
    };
    const JoinHandle<> giver = polled.executor.spawn("giver", keep());
    const JoinHandle<int> reader = polled.executor.spawn("reader", get(answer));
    polled.settle();
    const std::string text = polled.executor.describe();
    CAPTURE(text);
    CHECK(contains(text, "waits for its turn with resource 'answer'"));
    CHECK(contains(text, "\n    task 1 'giver' ("));
    CHECK(contains(text, ") holds it: ticket 1, acquired at " __FILE__));
    go_on.set();
    polled.settle();
    CHECK(reader.done());
}
