#pragma once

#include "recorder.hpp"

#include <juggle/clock.hpp>

#include <chrono>
#include <cstdint>
#include <source_location>

namespace juggle::inline JUGGLE_ABI::detail {

/// What a recorder's ring is made of.
struct TimelineEvent {
    std::int64_t time = 0;     // ns of the steady clock
    std::int64_t length = 0;   // of a bar
    std::uint64_t number = 0;  // of the ticket, a level, or a text: of a bar, a task's name
    TaskKey task = 0;
    std::uint64_t chunk = no_chunk;
    std::source_location where{};  // of the ticket's acquisition, of the task's spawn
    std::uint32_t track = 0;
    TimelineEventKind kind = TimelineEventKind::idle;
};

/// As an event has it.
inline std::int64_t nanoseconds_of(TimePoint time) noexcept {
    return std::chrono::nanoseconds{time.time_since_epoch()}.count();
}

}  // namespace juggle::detail
