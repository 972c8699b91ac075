#include "fault_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <atomic>
#include <thread>
#include <vector>

using support::contains;
using support::Device;
using support::Faults;

namespace {

struct Called {
    std::atomic<int> times{0};
    std::atomic<cl_int> status{100};
    std::atomic<std::thread::id> thread{};

    void wait(int wanted = 1) const {
        while (times < wanted) {
            std::this_thread::yield();
        }
    }
};

void CL_CALLBACK note(cl_event, cl_int status, void* called) {
    auto& record = *static_cast<Called*>(called);
    record.status = status;
    record.thread = std::this_thread::get_id();
    ++record.times;
}

cl_int register_at(const cl::Event& event, Called& called) {
    return clSetEventCallback(event(), CL_COMPLETE, &note, &called);
}

/// A callback of a user event, by a rule.
struct Delivery {
    explicit Delivery(const std::string& rule) : faults{"clSetEventCallback=" + rule} {
        support::check_cl(register_at(gate, called), "clSetEventCallback");
    }

    Faults faults;
    Device device;
    cl::UserEvent gate = device.gate();
    Called called;
};

}  // namespace

TEST_CASE("faults: the k-th call of a name fails, and those around it do not") {
    const Device device;
    const Faults faults{"clFlush#2=-36"};
    const cl::CommandQueue queue = device.queue();
    CHECK(clFlush(queue()) == CL_SUCCESS);
    CHECK(faults.injected() == 0);
    CHECK(clFlush(queue()) == CL_INVALID_COMMAND_QUEUE);
    CHECK(clFlush(queue()) == CL_SUCCESS);
    CHECK(faults.injected() == 1);
    CHECK(faults.last() == "clFlush");
    CHECK(faults.calls("clFlush") == 3);
}

TEST_CASE("faults: a plus means all from there on, no number all") {
    const Device device;
    const Faults faults{"clFlush#2+=-5; clFin*=-6"};
    const cl::CommandQueue queue = device.queue();
    CHECK(clFlush(queue()) == CL_SUCCESS);
    CHECK(clFlush(queue()) == -5);
    CHECK(clFlush(queue()) == -5);
    CHECK(clFinish(queue()) == -6);
    CHECK(clFinish(queue()) == -6);
}

TEST_CASE("faults: a star counts all calls but those that count references") {
    const Device device;
    const cl::CommandQueue queue = device.queue();
    const Faults faults{"*#3=-5"};
    CHECK(clFlush(queue()) == CL_SUCCESS);
    CHECK(clRetainCommandQueue(queue()) == CL_SUCCESS);
    CHECK(clReleaseCommandQueue(queue()) == CL_SUCCESS);
    CHECK(clFinish(queue()) == CL_SUCCESS);
    CHECK(clFlush(queue()) == -5);
    CHECK(faults.calls("*") == 3);
    faults.configure("clRetain*#1=-5");
    CHECK(clRetainCommandQueue(queue()) == -5);
}

TEST_CASE("faults: what gives an object gives none and the status, if that is asked for") {
    const Device device;
    const Faults faults{"clCreate*=-4"};
    cl_int status = CL_SUCCESS;
    CHECK(clCreateBuffer(device.context(), CL_MEM_READ_WRITE, 4, nullptr, &status) == nullptr);
    CHECK(status == -4);
    CHECK(clCreateUserEvent(device.context(), nullptr) == nullptr);
}

TEST_CASE("faults: a rule that cannot be is refused, with the reason, and changes nothing") {
    const Device device;
    const Faults faults{"clFlush=-5"};
    CHECK(contains(faults.refusal_of("clFlush"), "is not of the form"));
    CHECK(contains(faults.refusal_of("clFlash=-5"), "'clFlash' is no OpenCL call"));
    CHECK(contains(faults.refusal_of("clFlush#0=-5"), "'0' is not the number of a call"));
    CHECK(contains(faults.refusal_of("clFlush#x=-5"), "'x' is not the number of a call"));
    CHECK(contains(faults.refusal_of("clFlush=5"), "'5' is neither"));
    CHECK(contains(faults.refusal_of("clFlush="), "'' is neither"));
    CHECK(contains(faults.refusal_of("clFlush=drop"), "for clSetEventCallback alone"));
    CHECK(contains(faults.refusal_of("clFlush=forge:0"), "clGetEventInfo and clSetEventCallback"));
    CHECK(contains(faults.refusal_of("clFlush=skip"),
                   "clEnqueueNDRangeKernel and clEnqueueNativeKernel"));
    CHECK(contains(faults.refusal_of("clSetEventCallback=drop:3"), "milliseconds"));
    CHECK(contains(faults.refusal_of("clSetEventCallback=delay:x"), "milliseconds"));
    CHECK(contains(faults.refusal_of("clFinish=-5;clFlush=x"), "rule 'clFlush=x'"));
    const cl::CommandQueue queue = device.queue();
    CHECK(clFinish(queue()) == CL_SUCCESS);
    CHECK(clFlush(queue()) == -5);
}

TEST_CASE("faults: a forged status is what the query gives") {
    const Device device;
    const cl::UserEvent gate = device.gate();
    const Faults faults{"clGetEventInfo#2=forge:-7"};
    CHECK(support::status_of(gate) == CL_SUBMITTED);
    CHECK(support::references(gate) == 1);  // is no query for the status and not counted
    CHECK(support::status_of(gate) == -7);
    CHECK(support::status_of(gate) == CL_SUBMITTED);
}

TEST_CASE("faults: a forged time is what profiling gives") {
    const Device device;
    const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
    cl::Event marker;
    support::check_cl(queue.enqueueMarkerWithWaitList(nullptr, &marker), "clEnqueueMarker");
    support::check_cl(queue.finish(), "clFinish");
    const auto time_of = [&](cl_profiling_info what) {
        cl_ulong time = 0;
        CHECK(clGetEventProfilingInfo(marker(), what, sizeof time, &time, nullptr) == CL_SUCCESS);
        return time;
    };
    const cl_ulong start = time_of(CL_PROFILING_COMMAND_START);
    const cl_ulong end = time_of(CL_PROFILING_COMMAND_END);
    const Faults faults;
    faults.forge_times([](unsigned what, unsigned long long time) {
        return what == CL_PROFILING_COMMAND_END ? time + 7 : time;
    });
    CHECK(time_of(CL_PROFILING_COMMAND_START) == start);
    CHECK(time_of(CL_PROFILING_COMMAND_END) == end + 7);
    faults.forge_times(nullptr);
    CHECK(time_of(CL_PROFILING_COMMAND_END) == end);
}

TEST_CASE("faults: a native kernel that is skipped does not run, and its event is complete") {
    const Device device;
    const cl::CommandQueue queue = device.queue();
    int times = 0;
    const auto enqueue = [&] {
        cl::Event done;
        const auto run = [](void* to) { ++**static_cast<int**>(to); };
        support::check_cl(support::enqueue_native_kernel(queue, +run, &times, nullptr, &done),
                          "clEnqueueNativeKernel");
        support::check_cl(queue.finish(), "clFinish");
        CHECK(support::status_of(done) == CL_COMPLETE);
    };
    const Faults faults{"clEnqueueNativeKernel#1=skip"};
    enqueue();
    CHECK(times == 0);
    if (device.has_native_kernels()) {
        enqueue();
        CHECK(times == 1);
    }
}

TEST_CASE("faults: a callback is told a forged status") {
    Delivery delivery{"forge:-3"};
    delivery.gate.setStatus(CL_COMPLETE);
    delivery.called.wait();
    CHECK(delivery.called.times == 1);
    CHECK(delivery.called.status == -3);
}

TEST_CASE("faults: a callback is dropped") {
    Delivery delivery{"drop"};
    delivery.gate.setStatus(CL_COMPLETE);
    CHECK(delivery.called.times == 0);
    CHECK(delivery.faults.deliver() == 0);
}

TEST_CASE("faults: a callback waits until it is told to come") {
    Delivery delivery{"delay"};
    CHECK(delivery.faults.held() == 0);  // is not due
    delivery.gate.setStatus(CL_COMPLETE);
    delivery.faults.wait_until_held(1);
    CHECK(delivery.called.times == 0);
    CHECK(delivery.faults.held() == 1);
    CHECK(delivery.faults.deliver() == 1);
    CHECK(delivery.called.times == 1);
    CHECK(delivery.faults.deliver() == 0);
}

TEST_CASE("faults: a callback comes some milliseconds late, on its own") {
    Delivery delivery{"delay:1"};
    delivery.gate.setStatus(CL_COMPLETE);
    delivery.called.wait();
    CHECK(delivery.called.thread.load() != std::this_thread::get_id());
}

TEST_CASE("faults: a callback comes twice") {
    Delivery delivery{"double"};
    delivery.gate.setStatus(CL_COMPLETE);
    delivery.called.wait(2);
    CHECK(delivery.called.times == 2);
}

TEST_CASE("faults: a callback comes at once, although nothing has ended, and not again") {
    Delivery delivery{"early"};
    CHECK(delivery.called.times == 1);
    delivery.gate.setStatus(CL_COMPLETE);
    CHECK(delivery.called.times == 1);
}

TEST_CASE("faults: a callback comes inside the next OpenCL call, whatever that is") {
    Delivery delivery{"inline"};
    delivery.gate.setStatus(CL_COMPLETE);
    delivery.faults.wait_until_held(1);
    CHECK(delivery.called.times == 0);
    (void)delivery.device.queue();
    CHECK(delivery.called.times == 1);
    CHECK(delivery.called.thread.load() == std::this_thread::get_id());
}

TEST_CASE("faults: a callback comes from a thread of its own") {
    Delivery delivery{"thread"};
    delivery.gate.setStatus(CL_COMPLETE);
    delivery.called.wait();
    CHECK(delivery.called.thread.load() != std::this_thread::get_id());
}

TEST_CASE("faults: of two callbacks the first one comes last") {
    Delivery first{"reorder"};
    cl::UserEvent gate = first.device.gate();
    Called second;
    support::check_cl(register_at(gate, second), "clSetEventCallback");
    first.gate.setStatus(CL_COMPLETE);
    first.faults.wait_until_held(1);
    CHECK(first.called.times == 0);
    gate.setStatus(CL_COMPLETE);
    first.called.wait();
    CHECK(first.called.times == 1);
    CHECK(second.times == 1);
}
