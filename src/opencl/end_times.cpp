#include "end_times.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <mutex>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

// A ticket has the bits of a pointer: half for the note's number, from 1, half for the use's.
constexpr unsigned half = std::numeric_limits<std::uintptr_t>::digits / 2;
constexpr std::uintptr_t low_half = (std::uintptr_t{1} << half) - 1;
constexpr std::size_t max_notes = 4096;

struct Note {
    std::atomic<std::uintptr_t> use{0};
    std::atomic<std::int64_t> time{0};
};

// Nothing here is ever destroyed: a driver's thread may call back while the program ends.
struct Table {
    std::array<Note, max_notes> notes;
    std::array<std::uint16_t, max_notes> free{};
    std::size_t never_used = 0;
    std::size_t free_count = 0;
    std::mutex mutex;
};

constinit Table table;

[[nodiscard]] Note* find(EndTimes::Ticket ticket) noexcept {
    const auto bits = static_cast<std::uintptr_t>(ticket);
    const std::uintptr_t number = bits & low_half;
    return number == 0 ? nullptr : &table.notes[number - 1];
}

[[nodiscard]] std::uintptr_t use_of(EndTimes::Ticket ticket) noexcept {
    return static_cast<std::uintptr_t>(ticket) >> half;
}

void CL_CALLBACK on_end(cl_event, cl_int, void* data) noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto ticket = static_cast<EndTimes::Ticket>(reinterpret_cast<std::uintptr_t>(data));
    Note* note = find(ticket);
    if (note == nullptr || note->use.load(std::memory_order_acquire) != use_of(ticket)) {
        return;
    }
    std::int64_t none = 0;
    note->time.compare_exchange_strong(none, std::chrono::nanoseconds{now}.count(),
                                       std::memory_order_release, std::memory_order_relaxed);
}

}  // namespace

EndTimes::Ticket EndTimes::ask_for(cl_event event) noexcept {
    std::size_t index = 0;
    {
        const std::lock_guard lock{table.mutex};
        if (table.free_count != 0) {
            index = table.free[--table.free_count];
        } else if (table.never_used != max_notes) {
            index = table.never_used++;
        } else {
            return 0;
        }
    }
    Note& note = table.notes[index];
    note.time.store(0, std::memory_order_relaxed);
    const std::uintptr_t ticket = (note.use.load(std::memory_order_relaxed) << half) | (index + 1);
    if (clSetEventCallback(event, CL_COMPLETE, &on_end, reinterpret_cast<void*>(ticket)) !=
        CL_SUCCESS) {
        give_back(ticket);
        return 0;
    }
    return ticket;
}

std::int64_t EndTimes::get(Ticket ticket) noexcept {
    const Note* note = find(ticket);
    return note == nullptr ? 0 : note->time.load(std::memory_order_acquire);
}

void EndTimes::give_back(Ticket ticket) noexcept {
    Note* note = find(ticket);
    if (note == nullptr) {
        return;
    }
    // Whoever calls back after this finds another use.
    note->use.store((use_of(ticket) + 1) & low_half, std::memory_order_release);
    const std::lock_guard lock{table.mutex};
    table.free[table.free_count++] =
        static_cast<std::uint16_t>((static_cast<std::uintptr_t>(ticket) & low_half) - 1);
}

}  // namespace juggle::opencl::detail
