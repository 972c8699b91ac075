#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/observer.hpp>
#include <juggle/timeline/timeline_clock_offset.hpp>
#include <juggle/timeline/timeline_render_options.hpp>
#include <juggle/timeline/timeline_span.hpp>
#include <juggle/timeline/timeline_summary.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
class Recorder;
struct TimelineAccess;
}  // namespace detail

/// A recording of what a pipeline does at what time: does it overlap?
///
/// ```
/// juggle::Timeline timeline;
/// juggle::Executor executor{{.observer = &timeline}};
/// executor.run(stream(pipeline));
/// timeline.write("run.html");                     // a picture to zoom; or .svg, or .json
/// std::cout << timeline.summary().text();
/// ```
///
/// By itself it records which task ran when, and when the thread slept; for each resource who
/// waited and who held it; how full each `JobQueue` and `Channel` was; what `offload` ran on its
/// threads; and the commands of device events that resources are guarded by (see
/// `juggle/opencl/timeline.hpp`). `span` adds what else the program does.
///
/// What belongs to one *chunk* of the stream gets one colour: the tasks of a `JobQueue` are
/// numbered in the order of their start, and what runs side by side as a part of a task
/// (`when_all`) belongs to the same; `chunk` says otherwise.
///
/// It keeps the newest events, so many as the constructor is told, and allocates nothing after each
/// resource, queue and name has been seen once. For one thread: that of its executors, which it
/// must outlive; several may record one after the other.
class JUGGLE_EXPORT Timeline final : public Observer {
public:
    /// Memory is taken here, 64 bytes an event at most, rounded up to a power of two.
    /// `std::invalid_argument` if `max_events` is zero or too many. `clock` is that of the
    /// executor if it has one of its own; it must outlive the timeline.
    explicit Timeline(std::size_t max_events = std::size_t{1} << 17, Clock* clock = nullptr);
    ~Timeline() override;
    Timeline(const Timeline&) = delete;
    Timeline& operator=(const Timeline&) = delete;

    /// Shows what is done until the span is destroyed, on a lane of this name; of the running
    /// task's chunk. It may be kept over a `co_await`. It is recorded when it ends.
    TimelineSpan span(std::string_view name) noexcept;
    TimelineSpan span(std::string_view name, std::uint64_t chunk) noexcept;

    /// From now on what the running task does belongs to this chunk, or to none; outside of tasks,
    /// what is done outside of them.
    void chunk(std::optional<std::uint64_t> number) noexcept;

    /// Shows a command that a device has executed, for devices that the library does not know; the
    /// lane is called what the queue is. Of the running task's chunk.
    void command(std::string_view queue, std::string_view what, TimePoint start,
                 TimePoint end) noexcept override;

    /// Shows a message on a lane of its own, as a span of the task that started it.
    [[nodiscard]] Work work() const noexcept override;
    void message(std::string_view lane, std::string_view what, TimePoint start, TimePoint end,
                 const Work& of) noexcept override;

    /// What was recorded, as a picture.
    /// `std::invalid_argument` names what is wrong with `picture`; `std::bad_alloc`.
    void write_svg(std::ostream& out, const TimelineRenderOptions& picture = {});
    /// The same to zoom and to hover over in a browser: one page that needs nothing else.
    void write_html(std::ostream& out, const TimelineRenderOptions& picture = {});
    /// All of it in the format of Chrome's traces: for https://ui.perfetto.dev and for programs.
    void write_trace(std::ostream& out);

    /// One of these into a file, by its extension: .svg, .html or .json. An older file is
    /// replaced when the new one is whole. `std::invalid_argument` if the extension is another,
    /// `std::system_error` with the file's name if it cannot be written; the older file is as it
    /// was then.
    void write(const std::filesystem::path& file, const TimelineRenderOptions& picture = {});
    /// Throws what `write` would throw of its arguments before it writes: for a program that is
    /// going to run for long first.
    static void check_output(const std::filesystem::path& file,
                             const TimelineRenderOptions& picture = {});

    /// In figures: how busy each lane was, what limits the pipeline, how long chunks took.
    [[nodiscard]] TimelineSummary summary();

    /// Forgets what was recorded and added so far, such as a warm-up.
    void clear() noexcept;

    /// What was recorded and added so far as bytes, for `add` in another process or on another
    /// machine, of the same version of this library.
    [[nodiscard]] std::string recording();

    /// Shows what another timeline has recorded beside what this one does: in pictures, traces and
    /// the summary. Its lanes stand together, below those that are there: "host" as "rank 1: host"
    /// if `group` is "rank 1"; under their own names if that is empty. Chunks of one number are
    /// taken for the same chunk. It does not count for `max_events`.
    ///
    /// `offsets` bring its times to this timeline's clock: between two of them along a line, before
    /// the first and after the last by that one alone. None: it is the same clock. The picture
    /// says by how much times may be apart.
    ///
    /// `std::invalid_argument` if `recording` is not what `recording` gives, or if the offsets do
    /// not follow each other; all is as it was then, and after `std::bad_alloc`.
    void add(std::string_view recording, std::string_view group,
             std::span<const TimelineClockOffset> offsets = {});

    /// The time by the clock of this timeline: for who measures how far that of another is apart.
    [[nodiscard]] TimePoint now() noexcept;

private:
    friend detail::TimelineAccess;

    detail::SpawnedTask* task_resumed(detail::SpawnedTask* task) noexcept override;
    void idle() noexcept override;
    void ticket_waits(const detail::Ticket& ticket) noexcept override;
    void ticket_held(const detail::Ticket& ticket) noexcept override;
    void ticket_left(const detail::Ticket& ticket) noexcept override;
    void level_changed(const detail::Label& of, std::uint64_t level,
                       std::uint64_t capacity) noexcept override;
    void offload_ended(const detail::OffloadTimes& times,
                       const detail::SpawnedTask& task) noexcept override;
    detail::CommandSink* command_sink() noexcept override;

    std::unique_ptr<detail::Recorder> recorder_;
};

namespace detail {

/// How the machinery reaches what is behind a timeline.
struct TimelineAccess {
    [[nodiscard]] static Recorder& recorder(Timeline& timeline) noexcept {
        return *timeline.recorder_;
    }
};

}  // namespace detail

}  // namespace juggle
