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

/// Waits for a marker by a callback and a condition variable, as one does by hand.
class CallbackAndCondition {
public:
    void finish(cl_command_queue queue) {
        cl_event event = nullptr;
        check(clEnqueueMarkerWithWaitList(queue, 0, nullptr, &event),
              "clEnqueueMarkerWithWaitList");
        check(clFlush(queue), "clFlush");
        check(clSetEventCallback(event, CL_COMPLETE, &on_event, this), "clSetEventCallback");
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return complete_; });
        complete_ = false;
        check(clReleaseEvent(event), "clReleaseEvent");
    }

private:
    static void CL_CALLBACK on_event(cl_event, cl_int, void* user_data) {
        auto& self = *static_cast<CallbackAndCondition*>(user_data);
        const std::lock_guard lock{self.mutex_};
        self.complete_ = true;
        self.changed_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool complete_ = false;
};

Task<> await_marker(benchmark::State& state, Executor&) {
    const device::Device device;
    const cl::CommandQueue queue = device.queue();
    CallbackAndCondition by_hand;
    for (int round = 0; round < measure::warm_up; ++round) {
        const cl::Event event = jcl::marker(queue);
        co_await event;
    }
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        const auto start = measure::Samples::Clock::now();
        {
            const cl::Event event = jcl::marker(queue);
            co_await event;
        }
        samples.add_since(start);
        const auto start_by_hand = measure::Samples::Clock::now();
        by_hand.finish(queue());
        samples.add_reference_since(start_by_hand);
    }
}

void callback_condvar(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        const device::Device device;
        const cl::CommandQueue queue = device.queue();
        CallbackAndCondition by_hand;
        for (int round = 0; round < measure::warm_up; ++round) {
            by_hand.finish(queue());
        }
        measure::Samples samples{state};
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            const auto start = measure::Samples::Clock::now();
            by_hand.finish(queue());
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
