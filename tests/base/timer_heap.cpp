// The heap behind sleep and deadline, against a container that surely is right.

#include "support/catch.hpp"

#include <juggle/detail/base/timer_heap.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <vector>

using juggle::TimePoint;
using juggle::detail::Timer;
using juggle::detail::TimerHeap;

namespace {

class NamedTimer final : public Timer {
public:
    NamedTimer() : Timer{[](Timer&) noexcept {}} {}
};

TimePoint at(int nanoseconds) { return TimePoint{std::chrono::nanoseconds{nanoseconds}}; }

}  // namespace

TEST_CASE("a new heap is empty") {
    const TimerHeap heap;
    CHECK(heap.empty());
}

TEST_CASE("timers come out of the heap in the order of their times") {
    TimerHeap heap;
    NamedTimer a;
    NamedTimer b;
    NamedTimer c;
    heap.insert(b, at(2));
    heap.insert(c, at(3));
    heap.insert(a, at(1));
    for (NamedTimer* next : {&a, &b, &c}) {
        CHECK(&heap.first() == next);
        CHECK(next->armed());
        heap.remove(*next);
        CHECK_FALSE(next->armed());
    }
    CHECK(heap.empty());
}

TEST_CASE("timers with equal times come out of the heap in the order of insertion") {
    TimerHeap heap;
    std::vector<std::unique_ptr<NamedTimer>> timers;
    for (int index = 0; index < 100; ++index) {
        timers.push_back(std::make_unique<NamedTimer>());
        heap.insert(*timers.back(), at(7));
    }
    for (const auto& timer : timers) {
        CHECK(&heap.first() == timer.get());
        heap.remove(*timer);
    }
    CHECK(heap.empty());
}

TEST_CASE("removing a timer that is not in the heap does nothing") {
    TimerHeap heap;
    NamedTimer in;
    NamedTimer out;
    heap.insert(in, at(1));
    heap.remove(out);
    CHECK(&heap.first() == &in);
    heap.remove(in);
    heap.remove(in);
    CHECK(heap.empty());
}

TEST_CASE("the heap agrees with a multimap over many random insertions and removals") {
    for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
        for (const int spread : {3, 100, 1'000'000}) {
            std::mt19937 random{seed};
            std::uniform_int_distribution<int> time{0, spread};
            TimerHeap heap;
            std::vector<std::unique_ptr<NamedTimer>> timers;
            for (int index = 0; index < 300; ++index) {
                timers.push_back(std::make_unique<NamedTimer>());
            }
            std::uniform_int_distribution<std::size_t> pick{0, timers.size() - 1};
            std::multimap<TimePoint, NamedTimer*> reference;  // equal keys in insertion order
            const auto remove = [&](NamedTimer& timer) {
                const auto [begin, end] = reference.equal_range(timer.due());
                for (auto entry = begin; entry != end; ++entry) {
                    if (entry->second == &timer) {
                        reference.erase(entry);
                        break;
                    }
                }
                heap.remove(timer);
            };
            bool agree = true;
            for (int step = 0; step < 20'000; ++step) {
                NamedTimer& timer = *timers[pick(random)];
                if (step % 5 == 4 && !reference.empty()) {
                    remove(*reference.begin()->second);
                } else if (timer.armed()) {
                    remove(timer);
                } else {
                    const TimePoint due = at(time(random));
                    heap.insert(timer, due);
                    reference.emplace(due, &timer);
                }
                agree = agree && heap.empty() == reference.empty() &&
                        (heap.empty() || &heap.first() == reference.begin()->second);
            }
            while (!reference.empty() && agree) {
                agree = &heap.first() == reference.begin()->second;
                remove(*reference.begin()->second);
            }
            CHECK(agree);
            CHECK(heap.empty());
        }
    }
}

TEST_CASE("a million timers in rising or falling order need no stack") {
    constexpr int many = 1'000'000;
    const std::unique_ptr<NamedTimer[]> timers{new NamedTimer[many]};
    for (const bool rising : {false, true}) {
        TimerHeap heap;
        for (int index = 0; index < many; ++index) {
            heap.insert(timers[static_cast<std::size_t>(index)], at(rising ? index : many - index));
        }
        TimePoint last{};
        bool in_order = true;
        while (!heap.empty()) {
            Timer& first = heap.first();
            in_order = in_order && first.due() >= last;
            last = first.due();
            heap.remove(first);
        }
        CHECK(in_order);
    }
}
