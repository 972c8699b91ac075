// A coroutine that is to give a value and forgets its co_return: undefined by the standard, not
// noticed by GCC at all, and yet nobody is given a value that was never made.

#include "compilers/counted.hpp"
#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

// Clang warns of what this file is about.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreturn-type"
#endif

using juggle::Executor;
using juggle::Task;
using support::exception_of;
using support::is;

namespace {

Task<Counted> value(bool returns) {
    co_await juggle::yield();
    if (returns) {
        co_return Counted{1};
    }
}

Task<int&> reference(bool returns, int& variable) {
    co_await juggle::yield();
    if (returns) {
        co_return variable;
    }
}

Task<std::unique_ptr<int>> pointer(bool returns) {
    if (returns) {
        co_return std::make_unique<int>(1);
    }
}

void check_says_so(const std::exception_ptr& error) {
    CHECK(is<std::logic_error>(error));
    CHECK_THAT(support::text_of(error), Catch::Contains("ended without a co_return"));
}

void check_nothing_made() {
    CHECK(balance.even());
    balance = {};
}

struct ThrowsWhenDestroyed {
    ThrowsWhenDestroyed() = default;
    ThrowsWhenDestroyed(const ThrowsWhenDestroyed&) = delete;
    ThrowsWhenDestroyed& operator=(const ThrowsWhenDestroyed&) = delete;
    ~ThrowsWhenDestroyed() noexcept(false) { throw std::runtime_error{"destroyed"}; }
};

Task<Counted> fails_after_its_return() {
    const ThrowsWhenDestroyed variable;
    co_await juggle::yield();
    co_return Counted{1};
}

}  // namespace

CO_TEST_CASE("a task that ends without its co_return fails when it is awaited") {
    check_says_so(co_await exception_of(value(false)));
    check_nothing_made();
    int variable = 0;
    check_says_so(co_await exception_of(reference(false, variable)));
    check_says_so(co_await exception_of(pointer(false)));
    {
        const Counted counted = co_await value(true);
        CHECK(counted.value() == 1);
    }
    const int& returned = co_await reference(true, variable);
    CHECK(&returned == &variable);
    const std::unique_ptr<int> number = co_await pointer(true);
    CHECK(*number == 1);
    check_nothing_made();
}

CO_TEST_CASE("the error of a missing co_return says which task, and where it was last") {
    Task<Counted> task = value(false);
    const std::exception_ptr error = co_await exception_of(std::move(task));
    const std::string text = support::text_of(error);
    CHECK_THAT(text, Catch::Contains("the Task awaited at "));
    CHECK_THAT(text, Catch::Contains("test_executor.hpp:"));
    CHECK_THAT(text, Catch::Contains("(its last co_await: "));
    CHECK_THAT(text, Catch::Contains("missing_co_return.cpp:"));
}

TEST_CASE("run throws if its task ends without a co_return") {
    Executor executor;
    CHECK_THROWS_AS(executor.run(value(false)), std::logic_error);
    check_nothing_made();
    int variable = 0;
    CHECK_THROWS_AS(executor.run(reference(false, variable)), std::logic_error);
    CHECK_THROWS_AS(executor.run(pointer(false)), std::logic_error);
    CHECK(executor.run(value(true)).value() == 1);
}

CO_TEST_CASE("a handle gives no value of a task that ended without a co_return") {
    const juggle::JoinHandle<Counted> handle = executor.spawn(value(false));
    check_says_so(co_await exception_of(handle));
    check_nothing_made();
}

CO_TEST_CASE("a combination gives no value of a task that ended without a co_return") {
    using namespace std::chrono_literals;
    check_says_so(co_await exception_of(juggle::when_all(value(true), value(false))));
    check_says_so(co_await exception_of(juggle::when_any(value(false))));
    check_says_so(co_await exception_of(juggle::timeout(1h, value(false))));
    check_says_so(co_await exception_of(juggle::shield(value(false))));
    const auto outcome = co_await juggle::as_outcome(value(false));
    check_says_so(outcome.error());
    check_nothing_made();
}

// Nobody takes the value of a job. That it has none is noticed where checks are built in.
CO_TEST_CASE("a job that ends without a co_return leaves its queue") {
    juggle::JobQueue jobs{1};
    co_await jobs.push(value(false));
    const std::exception_ptr error = co_await exception_of(jobs.finish());
    CHECK(jobs.empty());
    CHECK(is<std::logic_error>(error) == juggle::detail::has_checks);
    check_nothing_made();
}

TEST_CASE("a detached task that ends without a co_return is reported where checks are built in") {
    support::TestExecutor test;
    test.executor.run([](Executor& executor) -> Task<> {
        (void)executor.spawn(value(false));
        co_await juggle::yield();
        co_await juggle::yield();
        co_await juggle::yield();
    }(test.executor));
    CHECK(test.reports.unhandled.size() == (juggle::detail::has_checks ? 1U : 0U));
    check_nothing_made();
}

CO_TEST_CASE("a destructor that throws after the co_return counts, and the value is destroyed") {
    const std::exception_ptr error = co_await exception_of(fails_after_its_return());
    CHECK(support::text_of(error) == "destroyed");
    check_nothing_made();
}
