#include <juggle/detail/label.hpp>
#include <juggle/detail/loop.hpp>
#include <juggle/detail/recorder.hpp>
#include <juggle/detail/spawned_task.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::detail {

namespace {

/// Names are kept for as long as the recorder lives, so there must be an end to them.
constexpr std::size_t most_names = 4096;
constexpr std::uint32_t others = 0;
constexpr std::size_t lane_kinds = static_cast<std::size_t>(TimelineLaneKind::resource) + 1;

std::uint32_t next_serial() noexcept {
    static std::atomic<std::uint32_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::size_t ring_size(std::size_t most_events) {
    constexpr std::size_t largest = std::size_t{1} << 32;
    if (most_events == 0 || most_events > largest) {
        throw std::invalid_argument{"juggle: Timeline: argument 'most_events' is " +
                                    std::to_string(most_events) + ", not within 1 to " +
                                    std::to_string(largest)};
    }
    return std::bit_ceil(most_events);
}

}  // namespace

Recorder::Recorder(Timeline& timeline, std::size_t most_events, Clock* clock)
    : timeline_{timeline}, clock_{clock}, serial_{next_serial()}, ring_(ring_size(most_events)),
      mask_{ring_.size() - 1}, lanes_(lane_kinds) {
    tracks_.push_back({.kind = TimelineLaneKind::spans, .name = "others"});
    texts_.emplace_back("others");
}

Recorder::~Recorder() = default;

std::int64_t Recorder::now() noexcept {
    const TimePoint time = clock_ == nullptr ? std::chrono::steady_clock::now() : clock_->now();
    return std::chrono::nanoseconds{time.time_since_epoch()}.count();
}

RecordedTurn Recorder::turn(SpawnedTask& task) noexcept {
    const std::uint64_t number = task.id().number;
    const RecordedTurn before = turn_;
    turn_ = {number, task.chunk, &task};
    if (idle_ || number != before.task || task.chunk != before.chunk) {
        add_turn(task.spawned_at());
    }
    return before;
}

void Recorder::turn_again(const RecordedTurn& before) noexcept {
    turn_ = before;
    add_turn(before.record == nullptr ? std::source_location{} : before.record->spawned_at());
}

void Recorder::add_turn(const std::source_location& where) noexcept {
    idle_ = false;
    add({.time = now(),
         .task = turn_.task,
         .chunk = turn_.chunk,
         .where = where,
         .kind = TimelineEventKind::turn});
}

void Recorder::idle() noexcept {
    turn_ = {.chunk = chunk_outside_};
    if (!std::exchange(idle_, true)) {
        add({.time = now(), .kind = TimelineEventKind::idle});
    }
}

void Recorder::set_chunk(std::uint64_t chunk) noexcept {
    turn_.chunk = chunk;
    if (turn_.record == nullptr || running_task_number() != turn_.task) {
        chunk_outside_ = chunk;
        return;
    }
    turn_.record->chunk = chunk;
    add_turn(turn_.record->spawned_at());
}

void Recorder::ticket(TimelineEventKind kind, const Label& line, std::uint64_t number,
                      const std::source_location& where) noexcept {
    if (kind == TimelineEventKind::left && line.recorded.recorder != serial_) {
        return;  // it is another recorder that knows of it
    }
    add({.time = now(),
         .number = number,
         .task = turn_.task,
         .chunk = turn_.chunk,
         .where = where,
         .track = track_of(line, false, 0),
         .kind = kind});
}

void Recorder::level(const Label& of, std::uint64_t level, std::uint64_t capacity) noexcept {
    add({.time = now(),
         .number = level,
         .track = track_of(of, true, capacity),
         .kind = TimelineEventKind::level});
}

void Recorder::bar(std::uint32_t track, std::uint32_t text, std::int64_t begin, std::int64_t end,
                   std::uint64_t task, std::uint64_t chunk) noexcept {
    add({.time = begin,
         .length = std::max<std::int64_t>(end - begin, 0),
         .number = text,
         .task = task,
         .chunk = chunk,
         .track = track,
         .kind = TimelineEventKind::bar});
}

void Recorder::offloaded(std::thread::id thread, std::int64_t begin, std::int64_t end,
                         std::uint64_t task, std::uint64_t chunk) noexcept {
    auto known =
        std::ranges::find(threads_, thread, &std::pair<std::thread::id, std::uint32_t>::first);
    if (known == threads_.end()) {
        try {
            const std::string name = "thread " + std::to_string(threads_.size() + 1);
            threads_.emplace_back(thread, track(TimelineLaneKind::thread, name));
        } catch (const std::bad_alloc&) {
            lose();
            return;
        }
        known = std::prev(threads_.end());
    }
    if (has_own_clock()) {
        begin = end = now();
    }
    bar(known->second, text("offload"), begin, end, task, chunk);
}

std::uint32_t Recorder::add_track(Track track) noexcept {
    if (tracks_.size() == most_names) {
        return others;
    }
    try {
        tracks_.push_back(std::move(track));
    } catch (const std::bad_alloc&) {
        return others;
    }
    return static_cast<std::uint32_t>(tracks_.size() - 1);
}

std::uint32_t Recorder::track(TimelineLaneKind kind, std::string_view name) noexcept {
    try {
        Names& names = lanes_[static_cast<std::size_t>(kind)];
        if (const auto known = names.find(name); known != names.end()) {
            return known->second;
        }
        const std::uint32_t made = add_track({.kind = kind, .name = std::string{name}});
        if (made != others) {
            names.emplace(name, made);
        }
        return made;
    } catch (const std::bad_alloc&) {
        return others;
    }
}

std::uint32_t Recorder::text(std::string_view words) noexcept {
    try {
        if (const auto known = text_numbers_.find(words); known != text_numbers_.end()) {
            return known->second;
        }
        if (texts_.size() == most_names) {
            return others;
        }
        texts_.emplace_back(words);
        const auto made = static_cast<std::uint32_t>(texts_.size() - 1);
        text_numbers_.emplace(words, made);
        return made;
    } catch (const std::bad_alloc&) {
        return others;
    }
}

std::uint32_t Recorder::track_of(const Label& label, bool is_counter,
                                 std::uint64_t capacity) noexcept {
    if (label.recorded.recorder == serial_) [[likely]] {
        return label.recorded.track;
    }
    try {
        label.recorded = {serial_, add_track({.kind = TimelineLaneKind::resource,
                                              .is_counter = is_counter,
                                              .capacity = capacity,
                                              .name = label.lane_name()})};
    } catch (const std::bad_alloc&) {
        return others;
    }
    return label.recorded.track;
}

void Recorder::clear() noexcept {
    for (const auto& [key, part] : parts_) {
        part->catch_up();
    }
    count_ = 0;
    lost_ = 0;
    idle_ = true;
}

}  // namespace juggle::detail
