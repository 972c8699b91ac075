#include "recorder.hpp"

#include "recorded_names.hpp"
#include "timeline_data.hpp"
#include "timeline_event.hpp"

#include <juggle/detail/base/label.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/offload.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

std::uint32_t next_serial() noexcept {
    static std::atomic<std::uint32_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::size_t ring_size(std::size_t max_events) {
    constexpr std::size_t largest = std::size_t{1} << 32;
    if (max_events == 0 || max_events > largest) {
        throw std::invalid_argument{"juggle: Timeline: argument 'max_events' is " +
                                    std::to_string(max_events) + ", not within 1 to " +
                                    std::to_string(largest)};
    }
    return std::bit_ceil(max_events);
}

}  // namespace

Recorder::Recorder(std::size_t max_events, Clock* clock)
    : clock_{clock}, serial_{next_serial()}, mask_{ring_size(max_events) - 1},
      ring_{std::make_unique<TimelineEvent[]>(mask_ + 1)},
      names_{std::make_unique<RecordedNames>()} {}

Recorder::~Recorder() = default;

std::int64_t Recorder::now() noexcept {
    return nanoseconds_of(clock_ == nullptr ? std::chrono::steady_clock::now() : clock_->now());
}

SpawnedTask* Recorder::turn(SpawnedTask* task) noexcept {
    const RecordedTurn before =
        std::exchange(turn_, task == nullptr ? RecordedTurn{.chunk = chunk_outside_}
                                             : RecordedTurn{task->key(), task->chunk, task});
    if (idle_ || turn_.task != before.task || turn_.chunk != before.chunk) {
        add_turn();
    }
    return before.record;
}

std::uint32_t Recorder::name_of(const SpawnedTask& task) noexcept {
    const Label* label = task.label();
    if (label == nullptr) {
        return RecordedNames::others;
    }
    if (label->recorded.recorder != serial_) {
        label->recorded = {serial_, text(label->name())};
    }
    return label->recorded.track;
}

void Recorder::add(const TimelineEvent& event) noexcept {
    ring_[count_ & mask_] = event;
    ++count_;
}

void Recorder::add_turn() noexcept {
    idle_ = false;
    const SpawnedTask* task = turn_.record;
    add({.time = now(),
         .number = task == nullptr ? RecordedNames::others : name_of(*task),
         .task = turn_.task,
         .chunk = turn_.chunk,
         .where = task == nullptr ? std::source_location{} : task->spawned_at(),
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
    if (turn_.record == nullptr || running_task != turn_.task) {
        chunk_outside_ = chunk;
        return;
    }
    turn_.record->chunk = chunk;
    add_turn();
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
                   TaskKey task, std::uint64_t chunk) noexcept {
    add({.time = begin,
         .length = std::max<std::int64_t>(end - begin, 0),
         .number = text,
         .task = task,
         .chunk = chunk,
         .track = track,
         .kind = TimelineEventKind::bar});
}

void Recorder::offloaded(const OffloadTimes& times, const SpawnedTask& task) noexcept {
    std::uint32_t lane = 0;
    try {
        lane = names_->thread(times.thread());
    } catch (const std::bad_alloc&) {
        lose();
        return;
    }
    // Threads know nothing of a clock that the recorder has of its own.
    const std::int64_t begin = has_own_clock() ? now() : nanoseconds_of(times.begin());
    const std::int64_t end = has_own_clock() ? begin : nanoseconds_of(times.end());
    bar(lane, text("offload"), begin, end, task.key(), task.chunk);
}

std::uint32_t Recorder::track(TimelineLaneKind kind, std::string_view name) noexcept {
    return names_->track(kind, name);
}

std::uint32_t Recorder::text(std::string_view words) noexcept { return names_->text(words); }

void Recorder::uses_device_time(std::uint32_t track) noexcept {
    names_->tracks[track].device_time = true;
}

CommandSinkPart* Recorder::part_of(const void* key) noexcept {
    for (const auto& [other, part] : names_->parts) {
        if (other == key) {
            return part.get();
        }
    }
    return nullptr;
}

CommandSinkPart& Recorder::add_part(const void* key, std::unique_ptr<CommandSinkPart> part) {
    names_->parts.emplace_back(key, std::move(part));
    return *names_->parts.back().second;
}

std::uint32_t Recorder::track_of(const Label& label, bool is_counter,
                                 std::uint64_t capacity) noexcept {
    if (label.recorded.recorder == serial_) [[likely]] {
        return label.recorded.track;
    }
    try {
        label.recorded = {serial_, names_->add_track({.kind = TimelineLaneKind::resource,
                                                      .is_counter = is_counter,
                                                      .capacity = capacity,
                                                      .name = label.lane_name()})};
    } catch (const std::bad_alloc&) {
        return RecordedNames::others;
    }
    return label.recorded.track;
}

void Recorder::add(TimelineData data) { added_.push_back(std::move(data)); }

void Recorder::clear() noexcept {
    for (const auto& [key, part] : names_->parts) {
        part->catch_up();
    }
    added_.clear();
    count_ = 0;
    lost_ = 0;
    idle_ = true;
}

}  // namespace juggle::detail
