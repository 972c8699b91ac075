// What OpenCL's conformance suite leaves out: that a wait ends once, how often entries are used
// again, and what may be called right after it.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace jcl = juggle::opencl;
using support::CommandKind;

namespace {

/// Awaits the events one after the other, and counts. An await that ends before its event has is
/// one that something else has ended: what belongs to an await before, or came twice.
juggle::Task<> await_in_turn(const std::vector<cl::UserEvent>& events, int& ended, int& too_early) {
    for (const cl::UserEvent& event : events) {
        co_await event;
        ++ended;
        if (support::status_of(event) != CL_COMPLETE) {
            ++too_early;
        }
    }
}

}  // namespace

DEVICE_TEST_CASE("each of many awaits, one after the other, ends once and by its own event",
                 "[conformance]") {
    std::mt19937 random{5};
    for (int round = 0; round < support::rounds(20, 2000); ++round) {
        constexpr int tasks = 8;
        constexpr int awaits = 16;
        std::array<std::vector<cl::UserEvent>, tasks> events;
        std::array<int, tasks> ended{};
        int too_early = 0;
        std::vector<juggle::JoinHandle<>> waiting;
        for (std::size_t task = 0; task < tasks; ++task) {
            for (int event = 0; event < awaits; ++event) {
                events[task].push_back(device.gate());
            }
            waiting.push_back(executor.spawn(await_in_turn(events[task], ended[task], too_early)));
        }
        std::array<int, tasks> opened{};
        for (int left = tasks * awaits; left > 0; --left) {
            std::size_t task = random() % tasks;
            while (opened[task] == awaits) {
                task = (task + 1) % tasks;
            }
            events[task][static_cast<std::size_t>(opened[task]++)].setStatus(CL_COMPLETE);
            if (random() % 2 == 0) {
                co_await juggle::yield();
            }
            for (std::size_t each = 0; each < tasks; ++each) {
                if (ended[each] > opened[each]) {
                    FAIL("more awaits ended than events");
                }
            }
        }
        for (const auto& task : waiting) {
            co_await task;
        }
        CHECK(ended == opened);
        CHECK(too_early == 0);
        ++support::cases;
    }
}

DEVICE_TEST_CASE("awaits that are stopped, and begun again, end once and by their own event",
                 "[conformance]") {
    std::mt19937 random{6};
    for (int round = 0; round < support::rounds(100, 5000); ++round) {
        cl::UserEvent first = device.gate();
        cl::UserEvent second = device.gate();
        int ended = 0;
        const auto task =
            executor.spawn([](cl::Event stopped, cl::Event event, int& count) -> juggle::Task<> {
                try {
                    co_await stopped;
                } catch (const juggle::Cancelled&) {}
                co_await event;
                ++count;
                CHECK(support::status_of(event) == CL_COMPLETE);
            }(first, second, ended));
        co_await juggle::yield();
        std::jthread opener;
        const bool before = random() % 2 == 0;
        if (before) {
            opener = std::jthread{[first]() mutable { first.setStatus(CL_COMPLETE); }};
        }
        task.request_stop();
        co_await support::a_few_turns();
        if (!before) {
            first.setStatus(CL_COMPLETE);  // the callback of a wait that nobody waits in
        }
        co_await support::a_few_turns();
        CHECK(ended == 0);
        second.setStatus(CL_COMPLETE);
        co_await task;
        CHECK(ended == 1);
        ++support::cases;
    }
}

DEVICE_TEST_CASE("right after an await every OpenCL call may be made, blocking ones too",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(50, 2000); ++round) {
        cl::CommandQueue queue = device.queue();
        cl::UserEvent gate = device.gate();
        auto command = commands.make(CommandKind::kernel);
        cl::Event event = command->enqueue(queue, {gate});
        std::jthread opener{[gate]() mutable { gate.setStatus(CL_COMPLETE); }};
        co_await event;
        CHECK(event.wait() == CL_SUCCESS);
        CHECK(command->took_effect());  // a blocking read
        CHECK(queue.finish() == CL_SUCCESS);
        event = cl::Event{};
        CHECK(commands.make(CommandKind::map)->enqueue(queue).wait() == CL_SUCCESS);
        const cl::CommandQueue another = device.queue();
        const auto next = commands.make(CommandKind::read);
        const cl::Event next_event = next->enqueue(another);
        queue = cl::CommandQueue{};
        co_await next_event;
        CHECK(next->took_effect());
        const cl::Context context = device.make_context();
        CHECK(context() != nullptr);
        ++support::cases;
    }
}

DEVICE_TEST_CASE("a wait for several events ends once, however they settle meanwhile",
                 "[conformance]") {
    std::mt19937 random{7};
    for (int round = 0; round < support::rounds(50, 3000); ++round) {
        std::vector<cl::UserEvent> gates;
        for (int gate = 0; gate < 18; ++gate) {
            gates.push_back(device.gate());
        }
        const std::vector<cl::Event> events{gates.begin(), gates.end()};
        const bool fails = round % 3 == 0;
        const std::size_t failing = random() % gates.size();
        std::shuffle(gates.begin(), gates.end(), random);
        std::jthread opener{[gates, fails, last = events[failing]()]() mutable {
            for (cl::UserEvent& gate : gates) {
                gate.setStatus(fails && gate() == last ? -4 : CL_COMPLETE);
            }
        }};
        const std::exception_ptr error =
            co_await support::exception_of(jcl::wait_for_events(events));
        CHECK(support::error_status(error) == (fails ? -4 : 0));
        CHECK(std::ranges::all_of(
            events, [](const cl::Event& event) { return support::status_of(event) <= 0; }));
        ++support::cases;
    }
}
