#include "support/cuda_device.hpp"
#include "support/steady_state.hpp"

#include <juggle/environment.hpp>
#include <juggle/sleep.hpp>
#include <juggle/yield.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace jcu = juggle::cuda;
using namespace std::chrono_literals;
using support::await_event;
using support::error_code;
using support::exception_of;

namespace {

/// Opens a gate after others have had a turn.
juggle::Task<> open_later(const support::Gate& gate) {
    co_await juggle::yield();
    co_await juggle::yield();
    gate.open();
}

juggle::Task<> set(bool& ran) {
    ran = true;
    co_return;
}

}  // namespace

CUDA_TEST_CASE("awaiting an event that has completed does not suspend") {
    CUstream stream = device.stream();
    const jcu::Event event = jcu::record(stream);
    support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
    bool other_ran = false;
    const auto other = executor.spawn(set(other_ran));
    for (int time = 0; time < 1000; ++time) {
        co_await event;
    }
    co_await jcu::Event{};
    CHECK_FALSE(other_ran);
    co_await other;
}

CUDA_TEST_CASE("awaiting an event goes on when its work has ended, on the executor's thread") {
    const std::thread::id home = std::this_thread::get_id();
    CUstream stream = device.stream();
    const support::DeviceBuffer buffer{sizeof(int)};
    jcu::PinnedBuffer<int> host{2};
    host[0] = 42;
    const support::Gate gate{stream};
    support::check_cu(cuMemcpyHtoDAsync(buffer.address, &host[0], sizeof(int), stream), "HtoD");
    const jcu::Event written = jcu::record(stream);
    support::check_cu(cuMemcpyDtoHAsync(&host[1], buffer.address, sizeof(int), stream), "DtoH");
    const jcu::Event read = jcu::record(stream);
    const auto opened = executor.spawn(open_later(gate));
    co_await read;
    CHECK(host[1] == 42);
    CHECK(written.status() == juggle::EventStatus::complete);
    CHECK(std::this_thread::get_id() == home);
    co_await opened;
}

CUDA_TEST_CASE("events of one stream are told of in any order in which they are awaited") {
    CUstream stream = device.stream();
    std::vector<support::Gate> gates;
    for (int gate = 0; gate < 6; ++gate) {
        gates.emplace_back(stream);
    }
    std::vector<juggle::JoinHandle<>> tasks(gates.size());
    for (const std::size_t index : {std::size_t{3}, std::size_t{0}, std::size_t{5}, std::size_t{2},
                                    std::size_t{1}, std::size_t{4}}) {
        tasks[index] = executor.spawn(await_event(gates[index].event));
        co_await juggle::yield();
    }
    for (std::size_t index = 0; index < gates.size(); ++index) {
        gates[index].open();
        co_await tasks[index];
        if (index + 1 < gates.size()) {
            CHECK_FALSE(tasks[index + 1].done());
        }
    }
}

CUDA_TEST_CASE("an event may complete while its host function is being launched") {
    CUstream stream = device.stream();
    for (int time = 0; time < 500; ++time) {
        const jcu::Event event = jcu::record(stream);
        co_await event;
        if (event.status() != juggle::EventStatus::complete) {
            FAIL("resumed too early");
        }
    }
}

CUDA_TEST_CASE("a temporary event can be awaited") { co_await jcu::record(device.stream()); }

CUDA_TEST_CASE("many tasks may await one event, and each goes on once") {
    const support::Gate gate = device.gate();
    int resumed = 0;
    const auto wait = [](jcu::Event event, int& count) -> juggle::Task<> {
        co_await event;
        ++count;
    };
    std::vector<juggle::JoinHandle<>> tasks;
    for (int task = 0; task < 200; ++task) {
        tasks.push_back(executor.spawn(wait(gate.event, resumed)));
    }
    co_await juggle::yield();
    CHECK(resumed == 0);
    gate.open();
    for (const auto& task : tasks) {
        co_await task;
    }
    CHECK(resumed == 200);
}

CUDA_TEST_CASE("many streams may be waited for at a time") {
    std::vector<support::Gate> gates;
    std::vector<juggle::JoinHandle<>> tasks;
    for (int gate = 0; gate < 150; ++gate) {  // more than there are streams to notify
        gates.push_back(device.gate());
        tasks.push_back(executor.spawn(await_event(gates.back().event)));
    }
    co_await juggle::yield();
    for (const support::Gate& gate : gates) {
        gate.open();
    }
    for (const auto& task : tasks) {
        co_await task;
    }
}

CUDA_TEST_CASE("an event that another thread lets complete wakes the executor") {
    for (int round = 0; round < 100; ++round) {
        const support::Gate gate = device.gate();
        std::latch waiting{1};
        std::jthread opener{[&] {
            waiting.wait();
            gate.open();
        }};
        const auto task = executor.spawn(await_event(gate.event));
        co_await juggle::yield();
        waiting.count_down();
        co_await task;
    }
}

CUDA_TEST_CASE("an event that fails before it is awaited throws its own code") {
    const support::Gate gate = device.gate();
    device.fail(CUDA_ERROR_ILLEGAL_INSTRUCTION);
    const std::exception_ptr error = co_await exception_of(await_event(gate.event));
    CHECK(error_code(error) == CUDA_ERROR_ILLEGAL_INSTRUCTION);
    CHECK(support::contains(support::text_of(error), "co_await of an event of stream 0x"));
}

CUDA_TEST_CASE("all events of a context that is over fail while they are awaited, with its code") {
    const support::Gate first = device.gate();
    const support::Gate second = device.gate();
    const auto tasks = std::array{executor.spawn(await_event(first.event)),
                                  executor.spawn(await_event(second.event)),
                                  executor.spawn(await_event(second.event))};
    co_await support::a_few_turns();
    device.fail(CUDA_ERROR_LAUNCH_FAILED);
    for (const auto& task : tasks) {
        const std::exception_ptr error = co_await exception_of(task);
        CHECK(error_code(error) == CUDA_ERROR_LAUNCH_FAILED);
    }
}

CUDA_TEST_CASE("a device that is lost fails what is awaited") {
    const support::Gate gate = device.gate();
    const auto task = executor.spawn(await_event(gate.event));
    co_await support::a_few_turns();
    CHECK(juggle_cuda_simulation_lose_device(0, CUDA_ERROR_ECC_UNCORRECTABLE) == 0);
    const std::exception_ptr error = co_await exception_of(task);
    CHECK(error_code(error) == CUDA_ERROR_ECC_UNCORRECTABLE);
    CHECK(juggle_cuda_simulation_lose_device(0, CUDA_SUCCESS) == 0);
}

CUDA_TEST_CASE("a failure ends the waits of its own context, and of no other") {
    const support::Gate gate = device.gate();
    std::exception_ptr error;
    juggle::JoinHandle<> other_task;
    {
        support::CudaDevice other;
        const support::Gate other_gate = other.gate();
        other_task = executor.spawn(await_event(other_gate.event));
        const auto task = executor.spawn(await_event(gate.event));
        co_await support::a_few_turns();
        device.fail();
        error = co_await exception_of(task);
        CHECK(error_code(error) == CUDA_ERROR_LAUNCH_FAILED);
        CHECK_FALSE(other_task.done());
        other_gate.open();
        co_await other_task;
    }
}

CUDA_TEST_CASE("a cancelled wait ends at once; its event goes on") {
    const support::Gate gate = device.gate();
    const auto task = executor.spawn(await_event(gate.event));
    co_await juggle::yield();
    task.request_stop();
    const std::exception_ptr error = co_await exception_of(task);
    CHECK(support::is<juggle::Cancelled>(error));
    CHECK(gate.event.status() == juggle::EventStatus::pending);
    gate.open();
    co_await gate.event;
}

CUDA_TEST_CASE("a stop request that comes with the completion loses neither") {
    for (int round = 0; round < 100; ++round) {
        const support::Gate gate = device.gate();
        const auto task = executor.spawn(await_event(gate.event));
        co_await juggle::yield();
        std::jthread opener{[&] { gate.open(); }};
        co_await juggle::yield();
        task.request_stop();
        const std::exception_ptr error = co_await exception_of(task);
        CHECK((error == nullptr || support::is<juggle::Cancelled>(error)));
    }
}

CUDA_TEST_CASE("awaiting events allocates nothing once warm") {
    CUstream stream = device.stream();
    auto cycle = [&]() -> juggle::Task<> {
        const jcu::Event event = jcu::record(stream);
        co_await event;
    };
    const bool allocates_nothing = co_await support::reaches_a_state_without_allocations(cycle);
    CHECK(allocates_nothing);
}

CUDA_TEST_CASE("a program whose tasks all wait for each other is told so, events or not") {
    const support::Gate gate = device.gate();
    const auto task = executor.spawn(await_event(gate.event));
    co_await juggle::yield();
    CHECK(support::contains(executor.describe(), "an event of stream 0x"));
    CHECK(support::contains(executor.describe(), "which is pending"));
    gate.open();
    co_await task;
}

TEST_CASE("an executor that is destroyed gives a wait that was given up a while to settle") {
    support::CudaDevice device;
    for (const jcu::Wake wake : support::wakes) {
        const support::Gate gate = device.gate();
        support::Reports reports;
        std::jthread opener;
        {
            juggle::Executor executor{reports.options()};
            jcu::set_event_options(executor, {.wake = wake, .drain = 1h});
            executor.spawn(await_event(gate.event)).detach();
            (void)executor.poll();
            opener = std::jthread{[&gate] { gate.open(); }};
        }
        CHECK(gate.event.status() == juggle::EventStatus::complete);
        CHECK(reports.empty());
    }
}

TEST_CASE("an executor ends although a wait that was given up never settles, and says so") {
    support::CudaDevice device;
    for (const jcu::Wake wake : support::wakes) {
        const support::Gate gate = device.gate();
        support::Reports reports;
        {
            juggle::Executor executor{reports.options()};
            jcu::set_event_options(executor, {.wake = wake, .drain = 0ns});
            executor.spawn(await_event(gate.event)).detach();
            (void)executor.poll();
        }
        REQUIRE(reports.diagnostics.size() == 1);
        CHECK(support::contains(reports.diagnostics.front(), "still running"));
        gate.open();
    }
}

TEST_CASE("executors may come and go while the driver calls") {
    support::CudaDevice device;
    for (int round = 0; round < 100; ++round) {
        const support::Gate gate = device.gate();
        std::atomic<bool> go{false};
        std::jthread driver{[&] {
            go.wait(false);
            gate.open();
        }};
        support::Reports reports;
        {
            juggle::Executor executor{reports.options()};
            executor.spawn(await_event(gate.event)).detach();
            executor.run([](std::atomic<bool>& start) -> juggle::Task<> {
                co_await juggle::yield();
                start = true;
                start.notify_one();
            }(go));
        }
        CHECK(reports.empty());
    }
}

TEST_CASE("several executors may await one event, each on its own thread") {
    support::CudaDevice device;
    for (int round = 0; round < 30; ++round) {
        const support::Gate gate = device.gate();
        std::latch waiting{3};
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&gate, &waiting] {
                juggle::Executor executor;
                executor.run([](jcu::Event event, std::latch& latch) -> juggle::Task<> {
                    latch.count_down();
                    co_await event;
                }(gate.event, waiting));
            });
        }
        waiting.wait();
        gate.open();
    }
}

TEST_CASE("an executor in a thread that has no context waits and wakes all the same") {
    support::CudaDevice device;
    const support::Gate gate = device.gate();
    std::jthread thread{[&gate] {
        juggle::Executor executor;
        executor.run([](const support::Gate& opens) -> juggle::Task<> {
            const auto opened = juggle::Executor::current()->spawn(open_later(opens));
            co_await opens.event;
            co_await opened;
        }(gate));
        CUcontext context = nullptr;
        CHECK(cuCtxGetCurrent(&context) == CUDA_SUCCESS);
        CHECK(context == nullptr);
    }};
}
