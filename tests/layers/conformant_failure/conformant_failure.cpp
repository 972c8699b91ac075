#include "../loaded_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/event_options.hpp>

#include <atomic>
#include <chrono>
#include <vector>

using namespace std::chrono_literals;
using support::await_event;
using support::error_status;
using support::exception_of;

namespace {

constexpr auto layer_name = "juggle-cl-conformant-failure.so";

struct Called {
    std::atomic<int> times{0};
    std::atomic<cl_int> status{1};

    void wait() const {
        while (times == 0) {
            times.wait(0);
        }
    }
};

void CL_CALLBACK note(cl_event, cl_int status, void* called) {
    auto& record = *static_cast<Called*>(called);
    record.status = status;
    ++record.times;
    record.times.notify_all();
}

void register_at(const cl::Event& event, Called& called) {
    support::check_cl(clSetEventCallback(event(), CL_COMPLETE, &note, &called),
                      "clSetEventCallback");
}

}  // namespace

TEST_CASE("conformant failure: a callback registered before the failure comes with the status") {
    const support::Device device;
    const support::LoadedLayer layer{layer_name};
    cl::UserEvent gate = device.gate();
    Called called;
    register_at(gate, called);
    gate.setStatus(-9);
    called.wait();
    CHECK(called.status == -9);
    CHECK(called.times == 1);
}

TEST_CASE("conformant failure: so does one that is registered after it") {
    const support::Device device;
    const support::LoadedLayer layer{layer_name};
    cl::UserEvent gate = device.gate();
    gate.setStatus(-9);
    Called called;
    register_at(gate, called);
    called.wait();
    CHECK(called.status == -9);
    CHECK(called.times == 1);
}

TEST_CASE("conformant failure: the callbacks of commands behind the failure come as well, once") {
    const support::Device device;
    const support::LoadedLayer layer{layer_name};
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    std::vector<cl::Event> events(20);
    std::vector<Called> called(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        queue.enqueueFillBuffer(buffer, 1, 0, 64, &after_gate, &events[i]);
        register_at(events[i], called[i]);
    }
    queue.flush();
    gate.setStatus(-5);
    for (const Called& one : called) {
        one.wait();
        CHECK(one.status < 0);
        CHECK(one.times == 1);
    }
}

TEST_CASE("conformant failure: callbacks of commands that end well come once, with 0") {
    const support::Device device;
    const support::LoadedLayer layer{layer_name};
    cl::UserEvent gate = device.gate();
    Called called;
    register_at(gate, called);
    gate.setStatus(CL_COMPLETE);
    called.wait();
    CHECK(called.status == CL_COMPLETE);
    CHECK(called.times == 1);
}

DEVICE_TEST_CASE("conformant failure: an await ends by the callback, long before any sweep") {
    const support::LoadedLayer layer{layer_name};
    juggle::opencl::set_event_options(executor, {.first_sweep = 1h, .longest_sweep = 1h});
    cl::UserEvent gate = device.gate();
    const auto task = executor.spawn(await_event(gate));
    co_await support::a_few_turns();
    gate.setStatus(-5);
    const std::exception_ptr error = co_await exception_of(task);
    CHECK(error_status(error) == -5);
}
