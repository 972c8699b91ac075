#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/task_key.hpp>
#include <juggle/timeline/timeline_lane_kind.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string_view>

namespace juggle {
class Timeline;
}

namespace juggle::detail {

class Label;
class OffloadTimes;
class Recorder;
class SpawnedTask;
struct RecordedNames;
struct TimelineData;
struct TimelineEvent;

/// The recorder of the loop whose turn it is on this thread; null if it has none. All that is not
/// recorded costs is a look at this.
inline constinit thread_local Recorder* current_recorder = nullptr;

inline constexpr std::uint64_t no_chunk = ~std::uint64_t{0};

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

/// What a bridge adds to a recorder: commands whose times come to be known later.
class RecorderPart {
public:
    virtual ~RecorderPart() = default;
    /// Records what has ended since.
    virtual void catch_up() noexcept = 0;
};

/// The ring of events behind a `Timeline`, and the names of what they tell of. For one thread.
///
/// Nothing that records throws: what there is no memory for is lost, and counted.
class Recorder {
public:
    Recorder(Timeline& timeline, std::size_t max_events, Clock* clock);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder();

    [[nodiscard]] Timeline& timeline() const noexcept { return timeline_; }
    [[nodiscard]] std::int64_t now() noexcept;
    /// Its times are not those of the steady clock, which devices and threads are mapped to.
    [[nodiscard]] bool has_own_clock() const noexcept { return clock_ != nullptr; }

    // The executor's thread.

    /// Gives who was at work before.
    RecordedTurn turn(SpawnedTask& task) noexcept;
    /// Back to whoever that was.
    void turn_again(const RecordedTurn& before) noexcept;
    void idle() noexcept;
    [[nodiscard]] std::uint64_t chunk() const noexcept { return turn_.chunk; }
    [[nodiscard]] TaskKey task() const noexcept { return turn_.task; }
    /// The running task's, from now on; if none runs, that of what is outside.
    void set_chunk(std::uint64_t chunk) noexcept;

    // What is recorded.

    void ticket(TimelineEventKind kind, const Label& line, std::uint64_t number,
                const std::source_location& where) noexcept;
    void level(const Label& of, std::uint64_t level, std::uint64_t capacity) noexcept;
    void offloaded(const OffloadTimes& times, const SpawnedTask& task) noexcept;
    void bar(std::uint32_t track, std::uint32_t text, std::int64_t begin, std::int64_t end,
             TaskKey task, std::uint64_t chunk) noexcept;
    void lose() noexcept { ++lost_; }

    // Names. Those that there is no room for are called "others".

    [[nodiscard]] std::uint32_t track(TimelineLaneKind kind, std::string_view name) noexcept;
    [[nodiscard]] std::uint32_t text(std::string_view words) noexcept;
    void uses_device_time(std::uint32_t track) noexcept;

    /// The bridge's own `P`, made by `P{Recorder&}` when it is first asked for.
    template <class P>
    [[nodiscard]] P& part() {
        static const char key = 0;
        RecorderPart* part = part_of(&key);
        if (part == nullptr) {
            part = &add_part(&key, std::make_unique<P>(*this));
        }
        return static_cast<P&>(*part);
    }

    // What comes of it.

    /// May throw `std::bad_alloc`.
    [[nodiscard]] TimelineData data();
    void clear() noexcept;

private:
    class Collector;

    void add(const TimelineEvent& event) noexcept;
    void add_turn(const std::source_location& where) noexcept;
    /// That of a thing with a label, which remembers it.
    [[nodiscard]] std::uint32_t track_of(const Label& label, bool is_counter,
                                         std::uint64_t capacity) noexcept;
    [[nodiscard]] RecorderPart* part_of(const void* key) noexcept;
    RecorderPart& add_part(const void* key, std::unique_ptr<RecorderPart> part);

    Timeline& timeline_;
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
};

}  // namespace juggle::detail
