// From a command to whoever waits for it: a coroutine, and a condition variable.

#include "benchmarks.hpp"
#include "device.hpp"
#include "measure.hpp"

#include <juggle/opencl.hpp>

#include <condition_variable>
#include <mutex>

namespace {

namespace jcl = juggle::opencl;
using device::check;
using juggle::Executor;
using juggle::Task;

Task<> await_marker(benchmark::State& state, Executor&) {
    const device::Device device;
    const cl::CommandQueue queue = device.queue();
    for (int round = 0; round < measure::warm_up; ++round) {
        co_await jcl::finish(queue);
    }
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        const auto start = measure::Samples::Clock::now();
        const cl::Event event = jcl::marker(queue);
        co_await event;
        samples.add_since(start);
    }
}

/// What a callback and the thread that waits for it share.
struct Completion {
    std::mutex mutex;
    std::condition_variable changed;
    bool complete = false;

    static void CL_CALLBACK on_event(cl_event, cl_int, void* user_data) {
        auto& self = *static_cast<Completion*>(user_data);
        const std::lock_guard lock{self.mutex};
        self.complete = true;
        self.changed.notify_one();
    }

    void wait() {
        std::unique_lock lock{mutex};
        changed.wait(lock, [this] { return complete; });
        complete = false;
    }
};

void callback_condvar(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        const device::Device device;
        const cl::CommandQueue owner = device.queue();
        const cl_command_queue queue = owner();
        Completion completion;
        const auto finish = [&] {
            cl_event event = nullptr;
            check(clEnqueueMarkerWithWaitList(queue, 0, nullptr, &event),
                  "clEnqueueMarkerWithWaitList");
            check(clFlush(queue), "clFlush");
            check(clSetEventCallback(event, CL_COMPLETE, &Completion::on_event, &completion),
                  "clSetEventCallback");
            completion.wait();
            check(clReleaseEvent(event), "clReleaseEvent");
        };
        for (int round = 0; round < measure::warm_up; ++round) {
            finish();
        }
        measure::Samples samples{state};
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            const auto start = measure::Samples::Clock::now();
            finish();
            samples.add_since(start);
        }
    });
}

}  // namespace

void register_await_event_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("opencl/await_marker", &measure::in_executor<await_marker>)->UseManualTime();
    RegisterBenchmark("reference/opencl_callback_condvar", &callback_condvar)->UseManualTime();
}
