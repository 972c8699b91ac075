// Callbacks of awaited events that come late, twice, while they are registered, with a lie, or to
// nobody; call by call, so that nothing hangs on chance.

#include "fault_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/async_event.hpp>
#include <juggle/opencl.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace jcl = juggle::opencl;
using namespace std::chrono_literals;
using support::await_event;
using support::error_status;
using support::exception_of;

namespace {

juggle::Task<> await_and_count(cl::Event event, int& count) {
    co_await event;
    ++count;
}

/// Goes on when everything that was posted before has been seen to.
juggle::Task<> posts_taken(juggle::Executor& executor) {
    juggle::AsyncEvent taken;
    executor.post([&taken] { taken.set(); });
    co_await taken.wait();
}

}  // namespace

DEVICE_TEST_CASE(
    "faults: an event that has completed when its callback is registered ends its wait") {
    const support::Faults faults;
    cl::UserEvent gate = device.gate();
    gate.setStatus(CL_COMPLETE);
    faults.configure("clGetEventInfo#1=forge:2");  // as if it completed right after the first look
    co_await gate;
    CHECK(faults.injected() == 1);
    CHECK(faults.calls("clSetEventCallback") == 1);
}

DEVICE_TEST_CASE(
    "faults: an event that has failed when its callback is registered throws its status") {
    const support::Faults faults;
    cl::UserEvent gate = device.gate();
    gate.setStatus(-7);
    faults.configure("clGetEventInfo#1=forge:2");  // PoCL calls back at once, with status 0
    const std::exception_ptr error = co_await exception_of(await_event(gate));
    CHECK(faults.injected() == 1);
    CHECK(faults.calls("clSetEventCallback") == 1);
    CHECK(error_status(error) == -7);
}

DEVICE_TEST_CASE("faults: what a callback says of the status is not believed, good or bad") {
    const support::Faults faults;
    for (const char* lie : {"forge:-3", "forge:0", "forge:1"}) {
        faults.configure(std::string{"clSetEventCallback="} + lie);
        cl::UserEvent completes = device.gate();
        const auto good = executor.spawn(await_event(completes));
        cl::UserEvent fails = device.gate();
        const auto bad = executor.spawn(await_event(fails));
        co_await support::a_few_turns();
        completes.setStatus(CL_COMPLETE);
        fails.setStatus(-9);
        const std::exception_ptr no_error = co_await exception_of(good);
        const std::exception_ptr error = co_await exception_of(bad);
        CHECK(no_error == nullptr);
        CHECK(error_status(error) == -9);
    }
}

DEVICE_TEST_CASE("faults: a callback that comes before its command has ended ends no wait") {
    const support::Faults faults;
    faults.configure("clSetEventCallback=early");
    cl::UserEvent gate = device.gate();
    const auto waiting = executor.spawn(await_event(gate));
    co_await support::a_few_turns();
    CHECK(faults.injected() == 1);
    CHECK_FALSE(waiting.done());
    gate.setStatus(CL_COMPLETE);
    co_await waiting;  // by the sweep: no other callback comes
}

DEVICE_TEST_CASE("faults: a callback that comes when its wait is over does not end the next one") {
    const support::Faults faults;
    // The first is late and the sweep ends its wait; the second is never called back.
    faults.configure("clSetEventCallback#1=delay; clSetEventCallback#2+=drop");
    cl::UserEvent first = device.gate();
    int ended = 0;
    const auto waiting = executor.spawn(await_and_count(first, ended));
    co_await support::a_few_turns();
    first.setStatus(CL_COMPLETE);
    faults.wait_until_held(1);
    co_await waiting;

    jcl::set_event_options(executor, {.first_sweep = 500ms});
    cl::UserEvent second = device.gate();  // watched by the entry that the first one had
    const auto next = executor.spawn(await_and_count(second, ended));
    co_await support::a_few_turns();
    const auto reads = faults.calls("clGetEventInfo");
    CHECK(faults.deliver() == 1);
    co_await posts_taken(executor);
    CHECK(ended == 1);
    CHECK(faults.calls("clGetEventInfo") == reads);  // it woke nobody at all
    second.setStatus(CL_COMPLETE);
    co_await next;
    CHECK(ended == 2);
}

DEVICE_TEST_CASE("faults: a callback that comes twice ends one wait") {
    const support::Faults faults;
    faults.configure("clSetEventCallback#1=double; clSetEventCallback#2+=drop");
    cl::UserEvent first = device.gate();
    int ended = 0;
    const auto waiting = executor.spawn(await_and_count(first, ended));
    co_await support::a_few_turns();
    first.setStatus(CL_COMPLETE);
    CHECK(faults.injected() == 1);
    CHECK(ended == 0);
    co_await waiting;
    cl::UserEvent second = device.gate();
    const auto next = executor.spawn(await_and_count(second, ended));
    co_await posts_taken(executor);
    CHECK(ended == 1);
    second.setStatus(CL_COMPLETE);
    co_await next;
    CHECK(ended == 2);
}

TEST_CASE("faults: a callback that comes after the executor is gone finds nobody") {
    const support::Device device;
    const support::Faults faults;
    for (const bool settled : {false, true}) {
        faults.configure("clSetEventCallback=delay");
        cl::UserEvent gate = device.gate();
        support::Reports reports;
        {
            juggle::Executor executor{reports.options()};
            jcl::set_event_options(executor, {.drain = 0ns});
            executor.spawn(await_event(gate)).detach();
            (void)executor.poll();
            if (settled) {
                gate.setStatus(CL_COMPLETE);
            }
        }
        CHECK(support::references(gate) == 1);
        CHECK(reports.diagnostics.size() == (settled ? 0 : 1));
        if (!settled) {
            gate.setStatus(CL_COMPLETE);
        }
        faults.wait_until_held(1);

        // Somebody else has the entry by now.
        juggle::Executor other{reports.options()};
        cl::UserEvent second = device.gate();
        const auto waiting = other.spawn(await_event(second));
        (void)other.poll();
        CHECK(faults.deliver() == 1);
        (void)other.poll();
        CHECK_FALSE(waiting.done());
        second.setStatus(CL_COMPLETE);
        faults.wait_until_held(1);
        CHECK(faults.deliver() == 1);
        while (!waiting.done()) {
            (void)other.poll();
        }
    }
}

DEVICE_TEST_CASE("faults: callbacks in any order end each wait by its own event") {
    const support::Faults faults;
    faults.configure("clSetEventCallback=delay");
    std::vector<cl::UserEvent> gates;
    std::vector<juggle::JoinHandle<>> waiting;
    jcl::set_event_options(executor, {.first_sweep = 1h, .longest_sweep = 1h});
    int ended = 0;
    for (int gate = 0; gate < 18; ++gate) {
        gates.push_back(device.gate());
        waiting.push_back(executor.spawn(await_and_count(gates.back(), ended)));
    }
    co_await support::a_few_turns();
    for (std::size_t gate = gates.size(); gate-- > 0;) {
        gates[gate].setStatus(CL_COMPLETE);
        co_await support::a_few_turns();
        CHECK(ended == static_cast<int>(gates.size() - 1 - gate));
        faults.wait_until_held(1);
        CHECK(faults.deliver() == 1);
        co_await posts_taken(executor);
        CHECK_FALSE((gate > 0 && waiting[gate - 1].done()));
        co_await waiting[gate];
    }
    CHECK(ended == 18);
}

DEVICE_TEST_CASE("faults: a callback that cannot be registered leaves the wait to the sweep") {
    const support::Faults faults;
    faults.configure("clSetEventCallback=-6");
    for (const cl_int outcome : {CL_COMPLETE, -9}) {
        cl::UserEvent gate = device.gate();
        const auto waiting = executor.spawn(await_event(gate));
        co_await support::a_few_turns();
        CHECK_FALSE(waiting.done());
        gate.setStatus(outcome);
        const std::exception_ptr error = co_await exception_of(waiting);
        CHECK(error_status(error) == outcome);
    }
    CHECK(faults.injected() == 2);
}

DEVICE_TEST_CASE("faults: a status that cannot be asked for ends the wait with that error") {
    const support::Faults faults;
    cl::UserEvent gate = device.gate();
    const auto waiting = executor.spawn(await_event(gate));
    co_await support::a_few_turns();
    faults.configure("clGetEventInfo=-6");
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(error_status(error) == -6);
    faults.configure("");
    gate.setStatus(CL_COMPLETE);
}
