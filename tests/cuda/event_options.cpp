#include "support/cuda_device.hpp"

#include <chrono>
#include <stdexcept>

namespace jcu = juggle::cuda;
using namespace std::chrono_literals;
using support::await_event;

TEST_CASE("times that are none are refused by name, and change nothing") {
    juggle::Executor executor;
    const auto refused = [&](const jcu::EventOptions& options, const char* name) {
        try {
            jcu::set_event_options(executor, options);
            return false;
        } catch (const std::invalid_argument& error) {
            return support::contains(error.what(), name);
        }
    };
    CHECK(refused({.poll_interval = 0ns}, "'options.poll_interval' is 0 ns"));
    CHECK(refused({.first_sweep = 0ns}, "'options.first_sweep' is 0 ns"));
    CHECK(refused({.longest_sweep = -1ns}, "'options.longest_sweep' is -1 ns"));
    CHECK(refused({.drain = -1ns}, "'options.drain' is -1 ns"));
    CHECK(refused({.wake = static_cast<jcu::Wake>(3)}, "'options.wake' is 3"));
    CHECK_NOTHROW(jcu::set_event_options(executor, {.drain = 0ns}));
}

TEST_CASE("host functions alone wake an executor, and no query is made before") {
    support::CudaDevice device;
    juggle::Executor executor;
    jcu::set_event_options(executor, {.wake = jcu::Wake::host_function, .first_sweep = 1h});
    const support::Gate gate = device.gate();
    executor.run([](const support::Gate& opens) -> juggle::Task<> {
        const auto task = juggle::Executor::current()->spawn(await_event(opens.event));
        co_await support::a_few_turns();
        const unsigned long before = support::CudaDevice::calls("cuEventQuery");
        co_await support::a_few_turns();
        CHECK(support::CudaDevice::calls("cuEventQuery") == before);
        opens.open();
        co_await task;
    }(gate));
}

TEST_CASE("an executor that polls launches no host function and makes no stream") {
    support::CudaDevice device;
    juggle::Executor executor;
    jcu::set_event_options(executor, {.wake = jcu::Wake::poll});
    const support::Gate gate = device.gate();
    support::CudaDevice::rules("");
    executor.run([](const support::Gate& opens) -> juggle::Task<> {
        const auto task = juggle::Executor::current()->spawn(await_event(opens.event));
        co_await support::a_few_turns();
        opens.open();
        co_await task;
    }(gate));
    CHECK(support::CudaDevice::calls("cuLaunchHostFunc") == 0);
    CHECK(support::CudaDevice::calls("cuStreamCreate*") == 0);
}

TEST_CASE("an executor that polls, and has nothing else to do, asks again after its interval") {
    support::CudaDevice device;
    juggle::ManualClock clock;
    support::Reports reports;
    juggle::Executor executor{reports.options(&clock)};
    jcu::set_event_options(executor, {.wake = jcu::Wake::poll, .poll_interval = 1ms});
    const support::Gate gate = device.gate();
    executor.spawn(await_event(gate.event)).detach();
    (void)executor.poll();
    const auto queries = [&](juggle::Duration passed) {
        support::CudaDevice::rules("");
        clock.advance(passed);
        (void)executor.poll();
        return support::CudaDevice::calls("cuEventQuery");
    };
    CHECK(queries(1ms) >= 1);
    CHECK(queries(1ms) >= 1);
    gate.open();
    support::check_cu(cuEventSynchronize(gate.event.handle()), "cuEventSynchronize");
    (void)queries(1ms);
    (void)executor.poll();
    CHECK(executor.running_tasks() == 0);
}

TEST_CASE("the sweep finds what no host function tells of, at growing intervals") {
    support::CudaDevice device;
    juggle::ManualClock clock;
    support::Reports reports;
    juggle::Executor executor{reports.options(&clock)};
    jcu::set_event_options(
        executor, {.wake = jcu::Wake::host_function, .first_sweep = 5ms, .longest_sweep = 20ms});
    const support::Gate gate = device.gate();
    support::CudaDevice::rules("cuLaunchHostFunc=CUDA_ERROR_INVALID_VALUE");
    executor.spawn(await_event(gate.event)).detach();
    (void)executor.poll();
    const auto queries = [&](juggle::Duration passed) {
        const unsigned long before = support::CudaDevice::calls("cuEventQuery");
        clock.advance(passed);
        (void)executor.poll();
        return support::CudaDevice::calls("cuEventQuery") - before;
    };
    CHECK(queries(4ms) == 0);
    CHECK(queries(1ms) == 1);
    CHECK(queries(9ms) == 0);
    CHECK(queries(1ms) == 1);
    CHECK(queries(19ms) == 0);
    CHECK(queries(1ms) == 1);
    CHECK(queries(19ms) == 0);
    CHECK(queries(1ms) == 1);  // twenty are the longest
    gate.open();
    support::check_cu(cuEventSynchronize(gate.event.handle()), "cuEventSynchronize");
    CHECK(queries(20ms) == 1);
    (void)executor.poll();
    CHECK(executor.running_tasks() == 0);
}
