// What a task can learn about itself.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

using juggle::Environment;
using juggle::JoinHandle;
using juggle::Task;

CO_TEST_CASE("a task learns the executor that runs it") {
    Environment environment = co_await juggle::current_environment();
    CHECK(&environment.executor() == &executor);
}

CO_TEST_CASE("a child has the environment of the task that awaits it") {
    Environment own = co_await juggle::current_environment();
    const auto child = []() -> Task<juggle::TaskId> {
        co_await juggle::yield();
        Environment environment = co_await juggle::current_environment();
        co_return environment.task_id();
    };
    const juggle::TaskId id = co_await child();
    CHECK(id == own.task_id());
}

CO_TEST_CASE("a task learns its id and where it was spawned") {
    Environment inside = co_await juggle::current_environment();
    const auto remember = [&inside]() -> Task<> {
        inside = co_await juggle::current_environment();
        co_await juggle::yield();
    };
    const unsigned line = __LINE__ + 1;
    const JoinHandle<> handle = executor.spawn(remember());
    co_await juggle::yield();
    CHECK(inside.task_id() == handle.id());
    CHECK(inside.spawned_at().line() == line);
    CHECK(support::contains(inside.spawned_at().file_name(), "environment.cpp"));
    co_await handle;
}

CO_TEST_CASE("a task and its parts learn its name, which others do not have") {
    std::string own;
    std::string of_a_part;
    const auto name = []() -> Task<std::string> {
        const Environment environment = co_await juggle::current_environment();
        co_return std::string{environment.name()};
    };
    const auto both = [&]() -> Task<> {
        own = co_await name();
        co_await juggle::when_all([&]() -> Task<> { of_a_part = co_await name(); }());
    };
    const std::string long_name = "a name that is longer than a string has room for by itself";
    co_await executor.spawn(long_name, both());
    CHECK(own == long_name);
    CHECK(of_a_part == long_name);
    const std::string none = co_await name();
    CHECK(none.empty());
}

CO_TEST_CASE("a task learns that it was asked to stop, and still knows after Cancelled") {
    bool before = true;
    bool after = false;
    const auto body = [&]() -> Task<> {
        Environment environment = co_await juggle::current_environment();
        before = environment.stop_requested();
        try {
            co_await support::ManualEvent{};
        } catch (const juggle::Cancelled&) {}
        after = environment.stop_requested();
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    co_await handle;
    CHECK_FALSE(before);
    CHECK(after);
}

CO_TEST_CASE("asking for the environment does not take notice of a stop request") {
    JoinHandle<> handle;
    bool reached = false;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        (void)co_await juggle::current_environment();
        reached = true;
    };
    handle = executor.spawn(body());
    co_await handle;
    CHECK(reached);
}
