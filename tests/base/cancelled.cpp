// How a task is stopped: by an exception out of its innermost await.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <exception>
#include <string>
#include <type_traits>
#include <vector>

using juggle::Cancelled;
using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::is;
using support::ManualEvent;
using namespace std::chrono_literals;

static_assert(!std::is_base_of_v<std::exception, Cancelled>);

CO_TEST_CASE("a stop request makes the innermost suspended await throw") {
    std::vector<std::string> log;
    const auto inner = [&log]() -> Task<> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {
            log.emplace_back("inner");
            throw;
        }
    };
    const auto outer = [&log, &inner]() -> Task<> {
        try {
            co_await inner();
        } catch (const Cancelled&) {
            log.emplace_back("outer");
            throw;
        }
    };
    const JoinHandle<> handle = executor.spawn(outer());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(log == std::vector<std::string>{"inner", "outer"});
}

CO_TEST_CASE("Cancelled passes through catch of std::exception") {
    bool swallowed = false;
    const auto body = [&swallowed]() -> Task<> {
        try {
            co_await ManualEvent{};
        } catch (const std::exception&) {
            swallowed = true;
        }
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK_FALSE(swallowed);
}

CO_TEST_CASE("a stop request returns before the task goes on") {
    bool went_on = false;
    const auto body = [&went_on]() -> Task<> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {
            went_on = true;
        }
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    CHECK_FALSE(went_on);
    co_await handle;
    CHECK(went_on);
}

namespace {

/// How many of three waits were ended by a stop request.
Task<int> count_stops() {
    int stops = 0;
    for (int wait = 0; wait < 3; ++wait) {
        try {
            co_await juggle::sleep_for(1s);
        } catch (const Cancelled&) {
            ++stops;
        }
    }
    co_return stops;
}

}  // namespace

CO_TEST_CASE("one request throws once: the task may await while it cleans up") {
    const JoinHandle<int> handle = executor.spawn(count_stops());
    co_await juggle::yield();
    handle.request_stop();
    const int thrown = co_await handle;
    CHECK(thrown == 1);
}

CO_TEST_CASE("a second request throws again") {
    const JoinHandle<int> handle = executor.spawn(count_stops());
    co_await juggle::yield();
    handle.request_stop();
    co_await juggle::yield();
    handle.request_stop();
    const int thrown = co_await handle;
    CHECK(thrown == 2);
}

CO_TEST_CASE("a task that swallows Cancelled has simply finished") {
    const auto body = []() -> Task<int> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {}
        co_return 5;
    };
    const JoinHandle<int> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    const int result = co_await handle;
    CHECK(result == 5);
}

CO_TEST_CASE("a task that is stopped before it has started ends without running") {
    bool started = false;
    const auto body = [&started]() -> Task<> {
        started = true;
        co_return;
    };
    const JoinHandle<> handle = executor.spawn(body());
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK_FALSE(started);
}

CO_TEST_CASE("a task that is stopped while it runs sees it at the next await that would suspend") {
    JoinHandle<> handle;
    juggle::Resource<int> resource{0};
    std::vector<std::string> log;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        juggle::ResourceAllocation<int> mine = co_await resource.acquire();
        log.emplace_back("what does not suspend goes on");
        mine.ready();
        co_await juggle::sleep_for(1s);
        log.emplace_back("not reached");
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(log == std::vector<std::string>{"what does not suspend goes on"});
}

CO_TEST_CASE("a stop request to a task that has ended does nothing") {
    const auto body = []() -> Task<int> { co_return 5; };
    const JoinHandle<int> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    const int result = co_await handle;
    CHECK(result == 5);
}

CO_TEST_CASE("stopping a task that waits for another leaves that other alone") {
    ManualEvent go;
    const auto body = [](ManualEvent event) -> Task<> { co_await event; };
    const JoinHandle<> other = executor.spawn(body(go));
    const auto joins = [&other]() -> Task<> { co_await other; };
    const JoinHandle<> handle = executor.spawn(joins());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK_FALSE(other.done());
    go.complete();
    co_await other;
}
