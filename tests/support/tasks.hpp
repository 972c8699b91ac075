#pragma once

#include <juggle/async_event.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/sleep.hpp>
#include <juggle/task.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>

namespace support {

/// Takes so many ticks of the executor, none for 0.
inline juggle::Task<> yield_times(int times) {
    for (int turn = 0; turn < times; ++turn) {
        co_await juggle::yield();
    }
}

template <class T>
juggle::Task<T> value_after(int count, T value) {
    co_await yield_times(count);
    co_return std::forward<T>(value);
}

inline juggle::Task<int> fail_after(int count, std::string text) {
    co_await yield_times(count);
    throw std::runtime_error{text};
}

/// Fails with this, but not before it is asked to stop.
inline juggle::Task<int> fail_when_stopped(std::string text) {
    try {
        co_await juggle::sleep_for(std::chrono::hours{24});
    } catch (const juggle::Cancelled&) {}
    throw std::runtime_error{text};
}

/// Goes on until it is asked to stop; then it takes a few turns, in which nobody may disturb it.
inline juggle::Task<int> clean_up_slowly(int count, int& cleaned) {
    bool stopped = false;
    try {
        co_await juggle::sleep_for(std::chrono::hours{24});
    } catch (const juggle::Cancelled&) {
        stopped = true;
    }
    co_await yield_times(count);
    cleaned += stopped ? 1 : 0;
    throw juggle::Cancelled{};
}

/// A range of tasks that clean up slowly; it throws after so many.
inline auto tasks_that_run_out(int count, int& cleaned) {
    return std::views::iota(0, count + 3) | std::views::transform([count, &cleaned](int index) {
               if (index == count) {
                   throw std::runtime_error{"no more"};
               }
               return clean_up_slowly(2, cleaned);
           });
}

/// Never ends by itself, not even when it is asked to stop.
inline juggle::Task<> never_end(std::shared_ptr<int> alive) {
    juggle::AsyncEvent never;
    while (alive != nullptr) {
        try {
            co_await never.wait();
        } catch (const juggle::Cancelled&) {}
    }
}

/// One that only moves, and has no value of its own to begin with.
class MoveOnly {
public:
    explicit MoveOnly(int value) : number{value} {}
    MoveOnly(MoveOnly&&) = default;
    MoveOnly& operator=(MoveOnly&&) = default;

    int number;
};

}  // namespace support
