// Callbacks of awaited events that come late, twice, while they are registered, with a lie, or to
// nobody; call by call, so that nothing hangs on chance.

#include "../loaded_layer.hpp"
#include "faults/faults_control.h"
#include "support/opencl_device.hpp"

#include <juggle/async_event.hpp>
#include <juggle/opencl.hpp>
#include <juggle/yield.hpp>

#include <catch2/catch.hpp>

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

/// The fault layer, and its rules; no rule is left when it goes.
class FaultRules {
public:
    ~FaultRules() { set(""); }
    FaultRules() = default;
    FaultRules(const FaultRules&) = delete;
    FaultRules& operator=(const FaultRules&) = delete;

    void set(const std::string& rules) const {
        REQUIRE(configure_(rules.c_str(), nullptr, 0) == 0);
    }
    unsigned long calls(const char* pattern) const { return calls_(pattern); }
    unsigned long injected() const { return injected_(); }
    unsigned long held() const { return held_(); }
    unsigned long deliver() const { return deliver_(0); }

private:
    support::LoadedLayer layer_{"juggle-cl-faults.so"};
    juggle_cl_faults_configure_fn configure_ =
        layer_.get<juggle_cl_faults_configure_fn>("juggle_cl_faults_configure");
    juggle_cl_faults_calls_fn calls_ =
        layer_.get<juggle_cl_faults_calls_fn>("juggle_cl_faults_calls");
    juggle_cl_faults_injected_fn injected_ =
        layer_.get<juggle_cl_faults_injected_fn>("juggle_cl_faults_injected");
    juggle_cl_faults_held_fn held_ = layer_.get<juggle_cl_faults_held_fn>("juggle_cl_faults_held");
    juggle_cl_faults_deliver_fn deliver_ =
        layer_.get<juggle_cl_faults_deliver_fn>("juggle_cl_faults_deliver");
};

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
    const FaultRules faults;
    cl::UserEvent gate = device.gate();
    gate.setStatus(CL_COMPLETE);
    faults.set("clGetEventInfo#1=forge:2");  // as if it completed right after the first look
    co_await gate;
    CHECK(faults.injected() == 1);
    CHECK(faults.calls("clSetEventCallback") == 1);
}

DEVICE_TEST_CASE(
    "faults: an event that has failed when its callback is registered throws its status") {
    const FaultRules faults;
    cl::UserEvent gate = device.gate();
    gate.setStatus(-7);
    faults.set("clGetEventInfo#1=forge:2");  // PoCL calls back at once, with status 0
    const std::exception_ptr error = co_await exception_of(await_event(gate));
    CHECK(faults.injected() == 1);
    CHECK(faults.calls("clSetEventCallback") == 1);
    CHECK(error_status(error) == -7);
}

DEVICE_TEST_CASE("faults: what a callback says of the status is not believed, good or bad") {
    const FaultRules faults;
    for (const char* lie : {"forge:-3", "forge:0", "forge:1"}) {
        faults.set(std::string{"clSetEventCallback="} + lie);
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
    const FaultRules faults;
    faults.set("clSetEventCallback=early");
    cl::UserEvent gate = device.gate();
    const auto waiting = executor.spawn(await_event(gate));
    co_await support::a_few_turns();
    CHECK(faults.injected() == 1);
    CHECK_FALSE(waiting.done());
    gate.setStatus(CL_COMPLETE);
    co_await waiting;  // by the sweep: no other callback comes
}

DEVICE_TEST_CASE("faults: a callback that comes when its wait is over does not end the next one") {
    const FaultRules faults;
    // The first is late and the sweep ends its wait; the second is never called back.
    faults.set("clSetEventCallback#1=delay; clSetEventCallback#2+=drop");
    cl::UserEvent first = device.gate();
    int ended = 0;
    const auto waiting = executor.spawn(await_and_count(first, ended));
    co_await support::a_few_turns();
    first.setStatus(CL_COMPLETE);
    CHECK(faults.held() == 1);
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
    const FaultRules faults;
    faults.set("clSetEventCallback#1=double; clSetEventCallback#2+=drop");
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
    const FaultRules faults;
    for (const bool settled : {false, true}) {
        faults.set("clSetEventCallback=delay");
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
        CHECK(faults.held() == 1);

        // Somebody else has the entry by now.
        juggle::Executor other{reports.options()};
        cl::UserEvent second = device.gate();
        const auto waiting = other.spawn(await_event(second));
        (void)other.poll();
        CHECK(faults.deliver() == 1);
        (void)other.poll();
        CHECK_FALSE(waiting.done());
        second.setStatus(CL_COMPLETE);
        CHECK(faults.deliver() == 1);
        while (!waiting.done()) {
            (void)other.poll();
        }
    }
}

DEVICE_TEST_CASE("faults: callbacks in any order end each wait by its own event") {
    const FaultRules faults;
    faults.set("clSetEventCallback=delay");
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
        CHECK(faults.deliver() == 1);
        co_await posts_taken(executor);
        CHECK_FALSE((gate > 0 && waiting[gate - 1].done()));
        co_await waiting[gate];
    }
    CHECK(ended == 18);
}

DEVICE_TEST_CASE("faults: a callback that cannot be registered leaves the wait to the sweep") {
    const FaultRules faults;
    faults.set("clSetEventCallback=-6");
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
    const FaultRules faults;
    cl::UserEvent gate = device.gate();
    const auto waiting = executor.spawn(await_event(gate));
    co_await support::a_few_turns();
    faults.set("clGetEventInfo=-6");
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(error_status(error) == -6);
    faults.set("");
    gate.setStatus(CL_COMPLETE);
}
