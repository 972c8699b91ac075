// That an await ends once, and by its own event, however often it is begun and stopped and whatever
// other threads do meanwhile.

#include JUGGLE_TEST_KIT

#include "support/torture.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <deque>
#include <random>
#include <span>
#include <thread>
#include <vector>

namespace {

/// Awaits the events one after the other, and counts. An await that ends before its event has is
/// one that something else has ended: what belongs to an await before, or came twice.
juggle::Task<> await_in_turn(const std::deque<kit::Gate>& gates, int& ended, int& too_early) {
    for (const kit::Gate& gate : gates) {
        co_await gate.event;
        ++ended;
        too_early += kit::status(gate.event) != juggle::EventStatus::complete;
    }
}

juggle::Task<> await_all(std::span<const kit::Event> events) {
    co_await juggle::EventTraits<kit::Event>::wait(events);
}

}  // namespace

KIT_TEST_CASE("each of many awaits, one after the other, ends once and by its own event",
              "[conformance]") {
    std::mt19937 random{5};
    for (int round = 0; round < support::rounds(20, 2000); ++round) {
        constexpr int tasks = 8;
        constexpr int awaits = 16;
        std::array<std::deque<kit::Gate>, tasks> gates;
        std::array<int, tasks> ended{};
        int too_early = 0;
        std::vector<juggle::JoinHandle<>> waiting;
        for (std::size_t task = 0; task < tasks; ++task) {
            for (int gate = 0; gate < awaits; ++gate) {
                gates[task].emplace_back(device);
            }
            waiting.push_back(executor.spawn(await_in_turn(gates[task], ended[task], too_early)));
        }
        std::array<int, tasks> opened{};
        for (int left = tasks * awaits; left > 0; --left) {
            std::size_t task = random() % tasks;
            while (opened[task] == awaits) {
                task = (task + 1) % tasks;
            }
            gates[task][static_cast<std::size_t>(opened[task]++)].open();
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

KIT_TEST_CASE("awaits that are stopped, and begun again, end once and by their own event",
              "[conformance]") {
    std::mt19937 random{6};
    for (int round = 0; round < support::rounds(100, 5000); ++round) {
        const kit::Gate first{device};
        const kit::Gate second{device};
        int ended = 0;
        const auto task =
            executor.spawn([](kit::Event stopped, kit::Event event, int& count) -> juggle::Task<> {
                try {
                    co_await stopped;
                } catch (const juggle::Cancelled&) {}
                co_await event;
                ++count;
                CHECK(kit::status(event) == juggle::EventStatus::complete);
            }(first.event, second.event, ended));
        co_await juggle::yield();
        std::jthread opener;
        const bool before = random() % 2 == 0;
        if (before) {
            opener = std::jthread{[&first] { first.open(); }};
        }
        task.request_stop();
        co_await support::a_few_turns();
        if (!before) {
            first.open();  // the callback of a wait that nobody waits in
        }
        co_await support::a_few_turns();
        CHECK(ended == 0);
        second.open();
        co_await task;
        CHECK(ended == 1);
        ++support::cases;
    }
}

KIT_TEST_CASE("a wait for several events ends once, however they settle meanwhile",
              "[conformance]") {
    std::mt19937 random{7};
    for (int round = 0; round < support::rounds(50, 3000); ++round) {
        constexpr std::size_t count = 18;
        const bool fails = round % 3 == 0;
        const std::size_t failing = random() % count;
        std::deque<kit::Gate> gates;
        kit::FailingGate last{device};
        std::vector<kit::Event> events;
        for (std::size_t place = 0; place < count; ++place) {
            events.push_back(place == failing ? last.event : gates.emplace_back(device).event);
        }
        std::vector<std::size_t> order(gates.size());
        for (std::size_t place = 0; place < order.size(); ++place) {
            order[place] = place;
        }
        std::ranges::shuffle(order, random);
        const std::size_t last_comes = random() % count;
        std::jthread opener{[&gates, &order, &last, last_comes, fails] {
            for (std::size_t place = 0; place <= order.size(); ++place) {
                if (place == last_comes) {
                    fails ? last.fail() : last.open();
                }
                if (place < order.size()) {
                    gates[order[place]].open();
                }
            }
        }};
        const std::exception_ptr error = co_await support::exception_of(await_all(events));
        CHECK(kit::code_of(error) == (fails ? kit::failure : decltype(kit::failure){}));
        CHECK(std::ranges::none_of(events, [](const kit::Event& event) {
            return kit::status(event) == juggle::EventStatus::pending;
        }));
        ++support::cases;
    }
}

KIT_TEST_CASE("when one of several events fails the others are waited for first") {
    const kit::FailingGate fails{device};
    const kit::Gate succeeds{device};
    const std::array events{fails.event, succeeds.event};
    const auto waiting = executor.spawn(await_all(events));
    co_await juggle::yield();
    fails.fail();
    co_await support::a_few_turns();
    CHECK_FALSE(waiting.done());
    succeeds.open();
    const std::exception_ptr error = co_await support::exception_of(waiting);
    CHECK(kit::code_of(error) == kit::failure);
}

KIT_TEST_CASE("an await that begins while its event settles on another thread ends",
              "[conformance]") {
    const int count = support::rounds(200, 20000);
    kit::bridge::set_event_options(executor, {.first_sweep = std::chrono::microseconds{200}});
    std::deque<kit::Gate> gates;
    for (int gate = 0; gate < count; ++gate) {
        gates.emplace_back(device);
    }
    std::barrier together{2};
    std::jthread opener{[&] {
        for (const kit::Gate& gate : gates) {
            together.arrive_and_wait();
            gate.open();
        }
    }};
    for (const kit::Gate& gate : gates) {
        together.arrive_and_wait();
        co_await gate.event;
        if (kit::status(gate.event) != juggle::EventStatus::complete) {
            FAIL("resumed too early");
        }
        ++support::cases;
    }
}

KIT_TEST_CASE("an await that begins while its event fails on another thread throws its code",
              "[conformance]") {
    const int count = support::rounds(100, 10000);
    kit::bridge::set_event_options(executor, {.first_sweep = std::chrono::microseconds{200}});
    std::deque<kit::FailingGate> gates;
    for (int gate = 0; gate < count; ++gate) {
        gates.emplace_back(device);
    }
    std::barrier together{2};
    std::jthread opener{[&] {
        for (const kit::FailingGate& gate : gates) {
            together.arrive_and_wait();
            gate.fail();
        }
    }};
    for (const kit::FailingGate& gate : gates) {
        together.arrive_and_wait();
        const std::exception_ptr error =
            co_await support::exception_of(support::await_event(gate.event));
        if (kit::code_of(error) != kit::failure) {
            FAIL("threw " << kit::code_of(error));
        }
        ++support::cases;
    }
}
