#pragma once

#include "support/catch.hpp"

#include <juggle/executor.hpp>
#include <juggle/manual_clock.hpp>
#include <juggle/task.hpp>
#include <juggle/unhandled_exception.hpp>

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// Whether an exception is an `Error` or derived from it.
template <class Error>
bool is(const std::exception_ptr& exception) {
    if (!exception) {
        return false;
    }
    try {
        std::rethrow_exception(exception);
    } catch (const Error&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// The text of an exception; empty if it is none or not a `std::exception`.
inline std::string text_of(const std::exception_ptr& exception) {
    try {
        if (exception) {
            std::rethrow_exception(exception);
        }
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return {};
    }
    return {};
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// Awaits something, such as a task, for the exception that ends it; null if it ends well. It is
/// referred to: to be awaited in the expression that makes it.
template <class Awaited>
juggle::Task<std::exception_ptr> exception_of(Awaited&& awaited) {
    try {
        (void)co_await std::forward<Awaited>(awaited);
    } catch (...) {
        co_return std::current_exception();
    }
    co_return nullptr;
}

/// What an executor told its user.
struct Reports {
    std::vector<juggle::UnhandledException> unhandled;
    std::vector<std::string> diagnostics;

    bool empty() const { return unhandled.empty() && diagnostics.empty(); }

    /// Options of an executor whose reports come here. This must outlive it.
    juggle::ExecutorOptions options(juggle::Clock* clock = nullptr) {
        juggle::ExecutorOptions result;
        result.on_unhandled_exception = [this](const juggle::UnhandledException& exception) {
            unhandled.push_back(exception);
        };
        result.on_diagnostic = [this](std::string_view line) { diagnostics.emplace_back(line); };
        result.clock = clock;
        return result;
    }
};

/// An executor that keeps its reports and whose time is a fake.
struct TestExecutor {
    Reports reports;
    juggle::ManualClock clock;
    juggle::Executor executor{reports.options(&clock)};
};

inline void run_test_case(juggle::Task<> (*test)(juggle::Executor&)) {
    TestExecutor test_executor;
    test_executor.executor.run(test(test_executor.executor));
    CHECK(test_executor.reports.empty());
}

}  // namespace support

/// A test case that is a task, with a parameter `executor`; its time is a fake, and nothing may be
/// reported to the user:
///
///     CO_TEST_CASE("a task may sleep") { co_await juggle::sleep_for(1h); }
///
/// Catch2 evaluates what is checked in a context of its own, so results of awaits get a name first.
#define CO_TEST_CASE(...) \
    SUPPORT_CO_TEST_CASE(INTERNAL_CATCH_UNIQUE_NAME(co_test_case), __VA_ARGS__)
#define SUPPORT_CO_TEST_CASE(function, ...)                       \
    static juggle::Task<> function(juggle::Executor& executor);   \
    TEST_CASE(__VA_ARGS__) { support::run_test_case(&function); } \
    static juggle::Task<> function([[maybe_unused]] juggle::Executor& executor)
