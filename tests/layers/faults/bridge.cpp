// The bridge under the fault layer: whatever the driver does, each wait ends, once, and right.

#include "fault_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jcl = juggle::opencl;
using namespace std::chrono_literals;
using support::await_event;
using support::contains;
using support::error_status;
using support::exception_of;
using support::Faults;

// Of OpenCL 2.0; the tests' headers are those of 1.2.
extern "C" {
void* CL_API_CALL clSVMAlloc(cl_context context, cl_bitfield flags, size_t size, cl_uint alignment);
void CL_API_CALL clSVMFree(cl_context context, void* memory);
cl_int CL_API_CALL clEnqueueSVMMemFill(cl_command_queue queue, void* memory, const void* pattern,
                                       size_t pattern_size, size_t size, cl_uint event_count,
                                       const cl_event* wait_list, cl_event* event);
}

namespace {

/// Each makes the driver worse, and none of it is the command's failure.
const std::vector<std::string> faults_to_survive{
    "",
    "clSetEventCallback=drop",
    "clSetEventCallback=delay",
    "clSetEventCallback=delay:3",
    "clSetEventCallback=reorder",
    "clSetEventCallback=double",
    "clSetEventCallback=early",
    "clSetEventCallback=inline",
    "clSetEventCallback=thread",
    "clSetEventCallback=forge:-5",
    "clSetEventCallback=forge:3",
    "clSetEventCallback=-5",
    "clSetEventCallback=double; clSetEventCallback=forge:-1",
    "clGetEventInfo#1=-5",
    "clGetEventInfo#2=-5",
    "clGetEventInfo#3=-6",
    "clGetEventInfo#1=forge:2",
    "clGetEventInfo#2=forge:3",
    "clFlush=-5",
    "clFlush=-36",
    "clWaitForEvents#1=-5",
    "clWaitForEvents#2=-6",
};

/// A read behind a gate; it says when it has run.
struct GatedRead {
    explicit GatedRead(const support::Device& device)
        : queue{device.queue()}, buffer{device.buffer(sizeof(int))}, gate{device.gate()} {
        const int in = 42;
        queue.enqueueWriteBuffer(buffer, CL_TRUE, 0, sizeof in, &in);
        const std::vector<cl::Event> after_gate{gate};
        support::check_cl(
            queue.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof out, &out, &after_gate, &read),
            "clEnqueueReadBuffer");
        support::check_cl(queue.flush(), "clFlush");  // the library's may be refused
    }

    cl::CommandQueue queue;
    cl::Buffer buffer;
    cl::UserEvent gate;
    cl::Event read;
    int out = 0;
};

using WaitForm = std::function<juggle::Task<>(GatedRead&)>;

juggle::Task<> take_over(jcl::Resource<int>::Allocation ticket, cl::CommandQueue queue,
                         bool on_device) {
    if (on_device) {
        co_await ticket.wait_device(queue);
    } else {
        co_await ticket.wait_events();
    }
    ticket.ready();
}

/// Runs the form under each of the faults: it must not end before the gate is open, and then once.
juggle::Task<> check_under_faults(juggle::Executor& executor, const support::Device& device,
                                  const WaitForm& form) {
    jcl::set_event_options(executor, {.first_sweep = 1ms, .longest_sweep = 2ms});
    for (const std::string& rules : faults_to_survive) {
        INFO("rules: " << rules);
        GatedRead gated{device};
        int ended = 0;
        const Faults faults{rules};
        const auto task =
            executor.spawn([](const WaitForm& wait, GatedRead& what, int& times) -> juggle::Task<> {
                co_await wait(what);
                ++times;
            }(form, gated, ended));
        co_await support::a_few_turns();
        CHECK(ended == 0);
        gated.gate.setStatus(CL_COMPLETE);
        const std::exception_ptr error = co_await exception_of(task);
        CHECK(error == nullptr);
        CHECK(ended == 1);
        CHECK(gated.out == 42);
        faults.configure("");
        (void)faults.deliver();  // what comes late comes to nobody
        co_await support::a_few_turns();
        CHECK(ended == 1);
    }
}

}  // namespace

DEVICE_TEST_CASE("under faults, co_await event") {
    co_await check_under_faults(executor, device,
                                [](GatedRead& gated) -> juggle::Task<> { co_await gated.read; });
}

DEVICE_TEST_CASE("under faults, wait_for_events") {
    co_await check_under_faults(executor, device, [](GatedRead& gated) -> juggle::Task<> {
        co_await jcl::wait_for_events(gated.gate, gated.read, gated.read);
    });
}

DEVICE_TEST_CASE("under faults, a resource's wait_events") {
    co_await check_under_faults(executor, device, [](GatedRead& gated) -> juggle::Task<> {
        jcl::Resource<int> resource{0};
        auto before = co_await resource.acquire();
        before.ready(gated.read);
        auto next = resource.acquire();
        co_await next.wait_events();
        CHECK(support::status_of(gated.read) == CL_COMPLETE);
        next.ready();
    });
}

DEVICE_TEST_CASE("under faults, a wait that is cancelled leaves the command to end") {
    jcl::set_event_options(executor, {.first_sweep = 1ms, .longest_sweep = 2ms});
    for (const std::string& rules : faults_to_survive) {
        INFO("rules: " << rules);
        GatedRead gated{device};
        const Faults faults{rules};
        const auto task = executor.spawn(await_event(gated.read));
        co_await juggle::yield();
        task.request_stop();
        const std::exception_ptr error = co_await exception_of(task);
        CHECK(support::is<juggle::Cancelled>(error));
        gated.gate.setStatus(CL_COMPLETE);
        faults.configure("");
        gated.queue.finish();
        CHECK(gated.out == 42);
        (void)faults.deliver();
    }
}

DEVICE_TEST_CASE("under faults, callbacks in the wrong order end the right waits") {
    jcl::set_event_options(executor, {.first_sweep = 1h, .longest_sweep = 1h});
    const Faults faults{"clSetEventCallback=delay"};
    std::vector<cl::UserEvent> gates;
    std::vector<juggle::JoinHandle<>> waits;
    for (int wait = 0; wait < 10; ++wait) {
        gates.push_back(device.gate());
        waits.push_back(executor.spawn(await_event(gates.back())));
    }
    co_await support::a_few_turns();
    for (std::size_t wait = 0; wait < gates.size(); wait += 2) {
        gates[wait].setStatus(CL_COMPLETE);
    }
    faults.wait_until_held(5);
    CHECK(faults.deliver(true) == 5);
    for (std::size_t wait = 0; wait < gates.size(); wait += 2) {
        co_await waits[wait];
    }
    for (std::size_t wait = 1; wait < gates.size(); wait += 2) {
        CHECK_FALSE(waits[wait].done());
        gates[wait].setStatus(CL_COMPLETE);
    }
    faults.wait_until_held(5);
    faults.deliver(true);
    for (std::size_t wait = 1; wait < gates.size(); wait += 2) {
        co_await waits[wait];
    }
}

DEVICE_TEST_CASE("under faults, a status forged to be a failure is thrown as it is") {
    const Faults faults;
    const cl::UserEvent gate = device.gate();
    faults.configure("clGetEventInfo=forge:-7");
    const std::exception_ptr error = co_await exception_of(await_event(gate));
    faults.configure("");
    CHECK(error_status(error) == -7);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
}

DEVICE_TEST_CASE("under faults, a driver that never says a status again is not waited for") {
    jcl::set_event_options(executor, {.first_sweep = 1ms, .longest_sweep = 2ms});
    GatedRead gated{device};
    const Faults faults{"clGetEventInfo=-5"};
    const std::exception_ptr error = co_await exception_of(await_event(gated.read));
    CHECK(error_status(error) == -5);
    CHECK(contains(support::text_of(error), "clGetEventInfo"));
    faults.configure("");
    gated.gate.setStatus(CL_COMPLETE);
    gated.queue.finish();
}

DEVICE_TEST_CASE("under faults, a driver that never waits again is not taken at its status") {
    jcl::set_event_options(executor, {.first_sweep = 1ms, .longest_sweep = 2ms});
    GatedRead gated{device};
    gated.gate.setStatus(CL_COMPLETE);
    gated.queue.finish();
    const Faults faults{"clWaitForEvents=-5"};
    const std::exception_ptr error = co_await exception_of(await_event(gated.read));
    CHECK(error_status(error) == -5);
    CHECK(contains(support::text_of(error), "CL_COMMAND_READ_BUFFER: clWaitForEvents"));
}

// As Intel's runtime for CPUs says of each command behind a failed one: CL_COMPLETE.
DEVICE_TEST_CASE("under faults, a failed command that is said to have succeeded is thrown") {
    constexpr cl_int failed = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
    GatedRead gated{device};
    gated.queue.flush();
    gated.gate.setStatus(-7);
    CHECK(clWaitForEvents(1, &gated.read()) == failed);
    const cl::CommandQueue queue = device.queue();
    const Faults faults{"clGetEventInfo=forge:0"};

    const std::exception_ptr awaited = co_await exception_of(await_event(gated.read));
    CHECK(error_status(awaited) == failed);
    CHECK(contains(support::text_of(awaited), "CL_COMMAND_READ_BUFFER: clWaitForEvents"));

    CHECK_THROWS_WITH(jcl::wait_on(queue, gated.read), Catch::Contains("(-14)"));
    CHECK(faults.calls("clEnqueueBarrierWithWaitList") == 0);

    for (const bool on_device : {false, true}) {
        INFO("on the device: " << on_device);
        jcl::Resource<int> resource{0};
        auto before = co_await resource.acquire();
        before.ready(gated.read);
        auto next = resource.acquire();
        const std::exception_ptr handed_over =
            co_await exception_of(take_over(std::move(next), queue, on_device));
        CHECK(error_status(handed_over) == failed);
    }
}

DEVICE_TEST_CASE("under faults, wait_on throws what was refused, and nothing is enqueued") {
    const GatedRead gated{device};
    const cl::CommandQueue queue = device.queue();
    for (const char* call :
         {"clGetCommandQueueInfo", "clGetEventInfo", "clFlush", "clEnqueueBarrierWithWaitList"}) {
        INFO(call);
        const Faults faults{std::string{call} + "#1+=-5"};
        std::string text;
        try {
            jcl::wait_on(queue, gated.read);
        } catch (const jcl::Error& error) {
            CHECK(error.status() == -5);
            text = error.what();
        }
        CHECK(contains(text, std::string{"wait_on: "} + call));
    }
    cl::UserEvent{gated.gate}.setStatus(CL_COMPLETE);
    cl::CommandQueue{gated.queue}.finish();
    co_return;
}

// As Intel's runtime for CPUs does with the queue that an event still names.
DEVICE_TEST_CASE("under faults, a queue that the program has released need not be flushed again") {
    const GatedRead gated{device};
    const cl::CommandQueue queue = device.queue();
    const Faults faults{"clFlush=-36"};
    jcl::wait_on(queue, gated.read);
    CHECK(faults.injected() == 1);
    CHECK(faults.calls("clEnqueueBarrierWithWaitList") == 1);
    CHECK_THROWS_WITH(jcl::marker(queue),
                      Catch::Contains("marker: clFlush") && Catch::Contains("(-36)"));
    faults.configure("");
    cl::UserEvent{gated.gate}.setStatus(CL_COMPLETE);
    cl::CommandQueue{gated.queue}.finish();
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("the queue of a command that has ended is not flushed, whoever waits for it") {
    GatedRead gated{device};
    gated.gate.setStatus(CL_COMPLETE);
    gated.queue.finish();
    GatedRead later{device};
    const cl::CommandQueue queue = device.queue();
    const Faults faults;
    co_await gated.read;
    jcl::wait_on(queue, gated.read);
    const std::vector<cl::Event> events{gated.read};
    CHECK(juggle::EventTraits<cl::Event>::wait_on_host(events));
    CHECK(faults.calls("clFlush") == 0);

    const auto waiting = executor.spawn([](cl::Event first, cl::Event second) -> juggle::Task<> {
        co_await jcl::wait_for_events(first, second);
    }(later.read, gated.read));
    co_await support::a_few_turns();
    CHECK(faults.calls("clFlush") == 1);  // that of the first
    later.gate.setStatus(CL_COMPLETE);
    co_await waiting;
}

DEVICE_TEST_CASE("under faults, an event that the driver does not know is called invalid") {
    const cl::CommandQueue queue = device.queue();
    const cl::UserEvent gate = device.gate();
    {
        const Faults faults{"clGetEventInfo=-58"};
        CHECK_THROWS_WITH(jcl::wait_on(queue, gate),
                          Catch::Contains("an invalid event") && Catch::Contains("(-58)"));
    }
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_return;
}

DEVICE_TEST_CASE(
    "under faults, a command of a kind that the library has no name for has a number") {
    void* memory = clSVMAlloc(device.context(), CL_MEM_READ_WRITE, sizeof(int), 0);
    REQUIRE(memory != nullptr);
    const cl::CommandQueue queue = device.queue();
    const int pattern = 7;
    cl::Event filled;
    support::check_cl(clEnqueueSVMMemFill(queue(), memory, &pattern, sizeof pattern, sizeof(int), 0,
                                          nullptr, &filled()),
                      "clEnqueueSVMMemFill");
    co_await filled;
    {
        const Faults faults{"clGetEventInfo#1=forge:-7"};
        CHECK_THROWS_WITH(jcl::wait_on(queue, filled),
                          Catch::Contains("the event of command type 4619"));
    }
    clSVMFree(device.context(), memory);
}

DEVICE_TEST_CASE(
    "under faults, a queue that does not say it is in-order waits on its own command") {
    const GatedRead gated{device};
    const Faults faults;
    jcl::wait_on(gated.queue, gated.read);
    CHECK(faults.calls("clEnqueueBarrierWithWaitList") == 0);
    faults.configure("clGetCommandQueueInfo#2=-5");
    jcl::wait_on(gated.queue, gated.read);
    CHECK(faults.calls("clEnqueueBarrierWithWaitList") == 1);
    cl::UserEvent{gated.gate}.setStatus(CL_COMPLETE);
    co_await jcl::finish(gated.queue);
}

DEVICE_TEST_CASE("wait_on with no events enqueues nothing, although the queue is busy") {
    const cl::CommandQueue queue = device.queue();
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    const cl::Buffer buffer = device.buffer(64);
    cl::Event gated;
    queue.enqueueFillBuffer(buffer, 1, 0, 64, &after_gate, &gated);
    const Faults faults;  // counts from zero
    jcl::wait_on(queue);
    jcl::wait_on(queue, std::span<const cl::Event>{});
    CHECK(faults.calls("clEnqueue*") == 0);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await gated;
}

DEVICE_TEST_CASE("wait_on flushes a queue once, however many events are of its commands") {
    const GatedRead gated{device};
    const cl::Event marked = jcl::marker(gated.queue);
    const cl::CommandQueue queue = device.queue();
    {
        const Faults faults;
        jcl::wait_on(queue, gated.read, marked);
        CHECK(faults.calls("clFlush") == 1);
    }
    cl::UserEvent{gated.gate}.setStatus(CL_COMPLETE);
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("under faults, a marker that is refused throws, and so does one not flushed") {
    const cl::CommandQueue queue = device.queue();
    for (const char* call : {"clEnqueueMarkerWithWaitList", "clFlush"}) {
        const Faults faults{std::string{call} + "=-5"};
        std::string text;
        try {
            (void)jcl::marker(queue);
        } catch (const jcl::Error& error) {
            text = error.what();
        }
        CHECK(contains(text, std::string{"marker: "} + call + ": CL_OUT_OF_RESOURCES (-5)"));
    }
    co_return;
}

TEST_CASE("under faults, a host that is to wait asks no more than once where nothing can come") {
    const support::Device device;
    const std::vector<cl::Event> events{device.gate()};
    const Faults faults{"clWaitForEvents=-58"};  // there is no such event
    CHECK(juggle::EventTraits<cl::Event>::wait_on_host(events));
    CHECK(faults.calls("clWaitForEvents") == 1);
    support::check_cl(clSetUserEventStatus(events[0](), CL_COMPLETE), "clSetUserEventStatus");
    faults.configure("clWaitForEvents=-5");  // refused, but the command has ended
    CHECK(juggle::EventTraits<cl::Event>::wait_on_host(events));
    CHECK(faults.calls("clWaitForEvents") == 1);
}

TEST_CASE("under faults, a resource whose driver says nothing at all keeps its value forever") {
    const support::Device device;
    GatedRead gated{device};
    const auto alive = std::make_shared<int>(0);
    std::vector<float>* memory = nullptr;
    cl::Event read;
    {
        struct Value {
            std::vector<float> floats;
            std::shared_ptr<int> token;
        };
        juggle::Executor executor;
        jcl::Resource<Value> resource{Value{std::vector<float>(1), alive}};
        const auto use = [&]() -> juggle::Task<> {
            auto allocation = co_await resource.acquire();
            memory = &allocation->floats;
            const std::vector<cl::Event> after_gate{gated.gate};
            support::check_cl(gated.queue.enqueueReadBuffer(gated.buffer, CL_FALSE, 0,
                                                            sizeof(float), memory->data(),
                                                            &after_gate, &read),
                              "clEnqueueReadBuffer");
            allocation.ready(read);
        };
        executor.run(use());
        const Faults faults{"clGetEventInfo=-5; clWaitForEvents=-5"};
        { const auto last_owner = std::move(resource); }
    }
    CHECK(alive.use_count() == 2);
    // The command runs only now, and writes where it was told to.
    gated.gate.setStatus(CL_COMPLETE);
    gated.queue.finish();
    CHECK(support::status_of(read) == CL_COMPLETE);
    CHECK(memory->front() != 0);
}

TEST_CASE("under faults, a resource's value outlives the command, though waiting is refused") {
    struct Refusal {
        const char* rules;
        unsigned long waits;  // the call that is let through
    };
    const support::Device device;
    for (const auto& [rules, waits] : {
             Refusal{"clFlush=-5", 1},
             Refusal{"clWaitForEvents#1=-5", 2},
             Refusal{"clGetEventInfo#1=-5; clWaitForEvents#1=-6", 2},
             Refusal{"clGetEventInfo#2=-5; clWaitForEvents#1=-6", 2},
             Refusal{"clGetEventInfo#3=-5; clWaitForEvents#1=-6", 2},
         }) {
        INFO(rules);
        GatedRead gated{device};
        const Faults faults;
        std::atomic<bool> gone{false};
        std::thread opener;
        {
            juggle::Executor executor;
            jcl::Resource<int> resource{0};
            executor.run([](jcl::Resource<int>& value, cl::Event event) -> juggle::Task<> {
                auto allocation = co_await value.acquire();
                allocation.ready(event);
            }(resource, gated.read));
            faults.configure(rules);
            opener = std::thread{[&, least = waits] {
                while (faults.calls("clWaitForEvents") < least && !gone) {
                    std::this_thread::yield();  // until the destructor waits in earnest
                }
                gated.gate.setStatus(CL_COMPLETE);
            }};
        }
        faults.configure("");
        CHECK(support::status_of(gated.read) == CL_COMPLETE);
        CHECK(gated.out == 42);
        gone = true;
        opener.join();
        gated.queue.finish();
    }
}
