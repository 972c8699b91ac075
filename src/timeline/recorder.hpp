#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/task_key.hpp>
#include <juggle/detail/run/command_sink.hpp>
#include <juggle/timeline/timeline_lane_kind.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string_view>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

class Label;
class OffloadTimes;
class SpawnedTask;
struct RecordedNames;
struct TimelineData;
struct TimelineEvent;

enum class TimelineEventKind : std::uint8_t {
    turn,   ///< a task goes on
    idle,   ///< the executor's thread does nothing from now on
    wait,   ///< a ticket is waited for
    held,   ///< it is held
    left,   ///< it has left the line
    bar,    ///< something that has ended, with its length
    level,  ///< how full something is
};

/// Whoever is, in the eyes of a recorder, at work.
struct RecordedTurn {
    TaskKey task = 0;
    std::uint64_t chunk = no_chunk;
    SpawnedTask* record = nullptr;
};

/// The ring of events behind a `Timeline`, and the names of what they tell of. For one thread.
///
/// Nothing that records throws: what there is no memory for is lost, and counted.
class Recorder final : public CommandSink {
public:
    Recorder(std::size_t max_events, Clock* clock);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder();

    [[nodiscard]] std::int64_t now() noexcept override;
    /// Its times are not those of the steady clock, which devices and threads are mapped to.
    [[nodiscard]] bool has_own_clock() const noexcept override { return clock_ != nullptr; }

    // The executor's thread.

    /// Gives who was at work before; null: what is outside of all tasks.
    SpawnedTask* turn(SpawnedTask* task) noexcept;
    void idle() noexcept;
    [[nodiscard]] std::uint64_t chunk() const noexcept override { return turn_.chunk; }
    [[nodiscard]] TaskKey task() const noexcept override { return turn_.task; }
    /// The running task's, from now on; if none runs, that of what is outside.
    void set_chunk(std::uint64_t chunk) noexcept;

    // What is recorded.

    void ticket(TimelineEventKind kind, const Label& line, std::uint64_t number,
                const std::source_location& where) noexcept;
    void level(const Label& of, std::uint64_t level, std::uint64_t capacity) noexcept;
    void offloaded(const OffloadTimes& times, const SpawnedTask& task) noexcept;
    void bar(std::uint32_t track, std::uint32_t text, std::int64_t begin, std::int64_t end,
             TaskKey task, std::uint64_t chunk) noexcept override;
    void lose() noexcept override { ++lost_; }

    // Names. Those that there is no room for are called "others".

    [[nodiscard]] std::uint32_t track(TimelineLaneKind kind, std::string_view name) noexcept;
    [[nodiscard]] std::uint32_t queue_lane(std::string_view name) noexcept override {
        return track(TimelineLaneKind::queue, name);
    }
    [[nodiscard]] std::uint32_t text(std::string_view words) noexcept override;
    void uses_device_time(std::uint32_t track) noexcept override;

    // What comes of it.

    /// What other recorders have recorded, by this one's clock. `std::bad_alloc` leaves all as it
    /// was.
    void add(TimelineData data);
    /// With what was added. May throw `std::bad_alloc`.
    [[nodiscard]] TimelineData data();
    void clear() noexcept;

private:
    class Collector;

    void add(const TimelineEvent& event) noexcept;
    void add_turn() noexcept;
    /// The number of the task's name among the texts; that of "others" if it has none.
    [[nodiscard]] std::uint32_t name_of(const SpawnedTask& task) noexcept;
    /// That of a thing with a label, which remembers it.
    [[nodiscard]] std::uint32_t track_of(const Label& label, bool is_counter,
                                         std::uint64_t capacity) noexcept;
    [[nodiscard]] CommandSinkPart* part_of(const void* key) noexcept override;
    CommandSinkPart& add_part(const void* key, std::unique_ptr<CommandSinkPart> part) override;

    Clock* clock_;
    const std::uint32_t serial_;  // of no other recorder of the process
    std::uint64_t mask_;          // the ring's size but one
    std::unique_ptr<TimelineEvent[]> ring_;
    std::uint64_t count_ = 0;
    std::uint64_t lost_ = 0;  // besides those that newer ones have overwritten
    RecordedTurn turn_;
    std::uint64_t chunk_outside_ = no_chunk;
    bool idle_ = true;
    std::unique_ptr<RecordedNames> names_;
    std::vector<TimelineData> added_;
};

}  // namespace juggle::detail
