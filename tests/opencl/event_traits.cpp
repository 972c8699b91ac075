#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/steady_state.hpp"

#include <juggle/environment.hpp>
#include <juggle/opencl.hpp>
#include <juggle/sleep.hpp>
#include <juggle/yield.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace jcl = juggle::opencl;
using namespace std::chrono_literals;
using support::await_event;
using support::error_status;
using support::exception_of;

namespace {

/// Sets a user event's status after others have had a turn.
juggle::Task<> settle_later(cl::UserEvent gate, cl_int status) {
    co_await juggle::yield();
    co_await juggle::yield();
    support::check_cl(gate.setStatus(status), "clSetUserEventStatus");
}

}  // namespace

DEVICE_TEST_CASE("awaiting an event that has completed does not suspend") {
    const cl::UserEvent gate = device.gate();
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    bool other_ran = false;
    const auto other = executor.spawn([](bool& ran) -> juggle::Task<> {
        ran = true;
        co_return;
    }(other_ran));
    for (int time = 0; time < 1000; ++time) {
        co_await gate;
    }
    CHECK_FALSE(other_ran);
    co_await other;
}

DEVICE_TEST_CASE("awaiting an event goes on when its command has ended, on the executor's thread") {
    const std::thread::id home = std::this_thread::get_id();
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    const int in = 42;
    int out = 0;
    cl::Event written;
    cl::Event read;
    queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, sizeof in, &in, &after_gate, &written);
    queue.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof out, &out, nullptr, &read);
    const auto opened = executor.spawn(settle_later(gate, CL_COMPLETE));
    co_await read;
    CHECK(out == 42);
    CHECK(support::status_of(written) == CL_COMPLETE);
    CHECK(std::this_thread::get_id() == home);
    co_await opened;
}

DEVICE_TEST_CASE("every kind of command can be awaited behind a gate") {
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    const cl::Buffer other = device.buffer(64);
    cl::Kernel kernel =
        device.kernel("kernel void fill(global int* out) { out[get_global_id(0)] = 7; }", "fill");
    kernel.setArg(0, buffer);
    std::vector<int> host(16);
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    std::vector<cl::Event> events(8);
    queue.enqueueNDRangeKernel(kernel, cl::NullRange, cl::NDRange{16}, cl::NullRange, &after_gate,
                               &events[0]);
    queue.enqueueReadBuffer(buffer, CL_FALSE, 0, 64, host.data(), nullptr, &events[1]);
    queue.enqueueWriteBuffer(other, CL_FALSE, 0, 64, host.data(), nullptr, &events[2]);
    queue.enqueueCopyBuffer(other, buffer, 0, 0, 64, nullptr, &events[3]);
    cl_int status = CL_SUCCESS;
    void* mapped =
        queue.enqueueMapBuffer(buffer, CL_FALSE, CL_MAP_READ, 0, 64, nullptr, &events[4], &status);
    support::check_cl(status, "clEnqueueMapBuffer");
    queue.enqueueUnmapMemObject(buffer, mapped, nullptr, &events[5]);
    queue.enqueueMarkerWithWaitList(nullptr, &events[6]);
    queue.enqueueBarrierWithWaitList(nullptr, &events[7]);
    queue.flush();
    std::vector<juggle::JoinHandle<>> waiting;
    for (const cl::Event& event : events) {
        waiting.push_back(executor.spawn(await_event(event)));
    }
    co_await juggle::yield();
    for (const auto& task : waiting) {
        CHECK_FALSE(task.done());
    }
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    for (const auto& task : waiting) {
        co_await task;
    }
    CHECK(host == std::vector<int>(16, 7));
}

DEVICE_TEST_CASE("an event may complete while its callback is being registered") {
    const cl::CommandQueue queue = device.queue();
    for (int time = 0; time < 3000; ++time) {
        const cl::Event event = jcl::marker(queue);
        co_await event;
        const cl_int status = support::status_of(event);
        if (status != CL_COMPLETE) {
            FAIL("resumed at status " << status);
        }
    }
}

DEVICE_TEST_CASE("a temporary event can be awaited") {
    const cl::CommandQueue queue = device.queue();
    co_await jcl::marker(queue);
}

DEVICE_TEST_CASE("many tasks may await one event, and each goes on once") {
    const cl::UserEvent gate = device.gate();
    int resumed = 0;
    const auto wait = [](cl::Event event, int& count) -> juggle::Task<> {
        co_await event;
        ++count;
    };
    std::vector<juggle::JoinHandle<>> tasks;
    for (int task = 0; task < 200; ++task) {
        tasks.push_back(executor.spawn(wait(gate, resumed)));
    }
    co_await juggle::yield();
    CHECK(resumed == 0);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    for (const auto& task : tasks) {
        co_await task;
    }
    CHECK(resumed == 200);
}

DEVICE_TEST_CASE("an event that another thread completes wakes the executor") {
    for (int round = 0; round < 300; ++round) {
        const cl::UserEvent gate = device.gate();
        std::latch waiting{1};
        std::jthread opener{[&] {
            waiting.wait();
            cl::UserEvent{gate}.setStatus(CL_COMPLETE);
        }};
        const auto task = executor.spawn(await_event(gate));
        co_await juggle::yield();
        waiting.count_down();
        co_await task;
    }
}

DEVICE_TEST_CASE("an event that fails before it is awaited throws its own status") {
    const cl::UserEvent gate = device.gate();
    cl::UserEvent{gate}.setStatus(-7);
    const std::exception_ptr error = co_await exception_of(await_event(gate));
    CHECK(error_status(error) == -7);
    CHECK(support::contains(support::text_of(error), "user event"));
}

DEVICE_TEST_CASE("an event that fails while it is awaited throws its own status") {
    const cl::UserEvent gate = device.gate();
    const auto failed = executor.spawn(settle_later(gate, -9));
    const std::exception_ptr error = co_await exception_of(await_event(gate));
    CHECK(error_status(error) == -9);
    co_await failed;
}

DEVICE_TEST_CASE("commands that depend on a failed event throw, whichever kind they are") {
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    std::vector<int> host(16);
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    std::vector<cl::Event> events(4);
    queue.enqueueReadBuffer(buffer, CL_FALSE, 0, 64, host.data(), &after_gate, &events[0]);
    queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, 64, host.data(), &after_gate, &events[1]);
    queue.enqueueFillBuffer(buffer, 1, 0, 64, &after_gate, &events[2]);
    queue.enqueueMarkerWithWaitList(&after_gate, &events[3]);
    std::vector<juggle::JoinHandle<>> waiting;
    for (const cl::Event& event : events) {
        waiting.push_back(executor.spawn(await_event(event)));
    }
    co_await juggle::yield();
    cl::UserEvent{gate}.setStatus(-5);
    for (const auto& task : waiting) {
        const std::exception_ptr error = co_await exception_of(task);
        CHECK(error_status(error) < 0);
    }
}

DEVICE_TEST_CASE("a null event is an error, not a crash") {
    const std::exception_ptr error = co_await exception_of(await_event(cl::Event{}));
    CHECK(error_status(error) == CL_INVALID_EVENT);
    CHECK(support::contains(support::text_of(error), "null event"));
}

DEVICE_TEST_CASE("the executor keeps its own reference to an awaited event, and gives it back") {
    const cl::UserEvent gate = device.gate();
    {
        const auto task = executor.spawn(await_event(gate));
        co_await juggle::yield();
        CHECK(support::references(gate) >= 3);  // ours, the task's, the executor's
        cl::UserEvent{gate}.setStatus(CL_COMPLETE);
        co_await task;
    }
    CHECK(support::references(gate) == 1);
}

DEVICE_TEST_CASE("a cancelled wait ends at once; its event is kept until it has settled") {
    const cl::UserEvent gate = device.gate();
    const auto task = executor.spawn(await_event(gate));
    co_await juggle::yield();
    task.request_stop();
    const std::exception_ptr error = co_await exception_of(task);
    CHECK(support::is<juggle::Cancelled>(error));
    CHECK(support::status_of(gate) > CL_COMPLETE);
    CHECK(support::references(gate) == 2);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    while (support::references(gate) != 1) {
        co_await juggle::sleep_for(100us);
    }
}

DEVICE_TEST_CASE("a stop request that comes with the completion loses neither") {
    for (int round = 0; round < 300; ++round) {
        const cl::UserEvent gate = device.gate();
        const auto task = executor.spawn(await_event(gate));
        co_await juggle::yield();
        std::jthread opener{[&] { cl::UserEvent{gate}.setStatus(CL_COMPLETE); }};
        co_await juggle::yield();
        task.request_stop();
        const std::exception_ptr error = co_await exception_of(task);
        CHECK((error == nullptr || support::is<juggle::Cancelled>(error)));
    }
}

DEVICE_TEST_CASE("awaiting events allocates nothing once warm") {
    // Through user events, which run their callbacks on this thread: what the driver allocates for
    // commands is the driver's business, and cannot be told from ours on a thread of its own.
    const cl::CommandQueue queue = device.queue();
    std::vector<cl::UserEvent> gates;
    for (int gate = 0; gate < 200; ++gate) {
        gates.push_back(device.gate());
    }
    auto next = gates.begin();
    const auto open = [](cl::UserEvent& gate) -> juggle::Task<> {
        gate.setStatus(CL_COMPLETE);
        co_return;
    };
    auto cycle = [&]() -> juggle::Task<> {
        cl::UserEvent& gate = *next++;
        const auto opened = executor.spawn(open(gate));
        co_await gate;
        co_await opened;
    };
    const auto allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

namespace {

/// The real clock; opens a gate when its executor has nothing to do but wait for a timer.
class OpeningClock final : public juggle::Clock {
public:
    explicit OpeningClock(const cl::UserEvent& gate) : gate_{gate} {}

    juggle::TimePoint now() noexcept override { return std::chrono::steady_clock::now(); }
    bool skip_to(juggle::TimePoint) noexcept override {
        if (!std::exchange(opened_, true)) {
            gate_.setStatus(CL_COMPLETE);
        }
        return false;
    }

private:
    cl::UserEvent gate_;
    bool opened_ = false;
};

}  // namespace

TEST_CASE("an executor that is destroyed waits for the event that a task awaits to clean up") {
    const support::Device device;
    const cl::UserEvent gate = device.gate();
    OpeningClock clock{gate};
    support::Reports reports;
    bool cleaned_up = false;
    const auto cleans_up = [&]() -> juggle::Task<> {
        try {
            co_await gate;
        } catch (const juggle::Cancelled&) {}
        co_await gate;
        cleaned_up = true;
    };
    {
        juggle::Executor executor{reports.options(&clock)};
        executor.spawn(cleans_up()).detach();
        (void)executor.poll();
    }
    CHECK(cleaned_up);
    CHECK(reports.empty());
}

TEST_CASE("executors may come and go while drivers call back") {
    const support::Device device;
    for (int round = 0; round < 300; ++round) {
        cl::UserEvent gate = device.gate();
        std::atomic<bool> go{false};
        std::jthread driver{[&] {
            go.wait(false);
            gate.setStatus(CL_COMPLETE);
        }};
        support::Reports reports;
        {
            juggle::Executor executor{reports.options()};
            executor.spawn(await_event(gate)).detach();
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
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    for (int round = 0; round < 50; ++round) {
        cl::UserEvent gate = device.gate();
        std::latch waiting{3};
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&gate, &waiting] {
                juggle::Executor executor;
                executor.run([](cl::Event event, std::latch& latch) -> juggle::Task<> {
                    latch.count_down();
                    co_await event;
                }(gate, waiting));
            });
        }
        waiting.wait();
        gate.setStatus(CL_COMPLETE);
    }
}
