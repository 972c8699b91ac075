#include "layout.hpp"
#include "recorder.hpp"
#include "recording.hpp"
#include "timeline_event.hpp"
#include "timeline_writers.hpp"

#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/timeline/timeline.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

namespace {

[[noreturn]] void throw_cannot_write(const std::filesystem::path& file) {
    const int reason = errno == 0 ? EIO : errno;
    throw std::system_error{reason, std::generic_category(),
                            "juggle: Timeline: cannot write '" + file.string() + "'"};
}

/// Differences of what is as far apart as a century or two can still be counted.
std::int64_t countable(TimePoint time) noexcept {
    constexpr std::int64_t furthest = std::numeric_limits<std::int64_t>::max() / 4;
    return std::clamp(detail::nanoseconds_of(time), -furthest, furthest);
}

/// Of the recording, what the picture is to show.
detail::TimelineData picked(detail::TimelineData data, const TimelineRenderOptions& picture) {
    if (picture.lanes.empty()) {
        return data;
    }
    std::vector<detail::TimelineLane> lanes;
    std::vector<detail::TimelineCounter> counters;
    for (const std::string& name : picture.lanes) {
        bool found = false;
        for (const detail::TimelineLane& lane : data.lanes) {
            if (lane.name == name) {
                lanes.push_back(lane);
                found = true;
            }
        }
        for (const detail::TimelineCounter& counter : data.counters) {
            if (counter.name == name) {
                counters.push_back(counter);
                found = true;
            }
        }
        if (!found) {
            lanes.push_back({.kind = TimelineLaneKind::spans, .name = name});
        }
    }
    data.lanes = std::move(lanes);
    data.counters = std::move(counters);
    data.hand_overs.clear();  // which number the lanes as they were
    return data;
}

/// A file that takes the place of another when it is whole.
class ReplacingFile {
public:
    explicit ReplacingFile(const std::filesystem::path& file) : file_{file}, part_{file} {
        part_ += ".part";
        errno = 0;
        stream_.open(part_, std::ios::binary | std::ios::trunc);
        if (!stream_) {
            throw_cannot_write(part_);
        }
        stream_.exceptions(std::ios::badbit | std::ios::failbit);
    }
    ~ReplacingFile() {
        if (!done_) {
            stream_.exceptions(std::ios::goodbit);
            stream_.close();
            std::error_code ignored;
            std::filesystem::remove(part_, ignored);
        }
    }
    ReplacingFile(const ReplacingFile&) = delete;
    ReplacingFile& operator=(const ReplacingFile&) = delete;

    /// All of it.
    template <class Write>
    void write(Write write_to) {
        errno = 0;
        try {
            write_to(stream_);
            stream_.close();
        } catch (const std::ios_base::failure&) {  // at once, so that the reason is known
            throw_cannot_write(part_);
        }
        std::error_code error;
        std::filesystem::rename(part_, file_, error);
        if (error) {
            throw std::system_error{error,
                                    "juggle: Timeline: cannot write '" + file_.string() + "'"};
        }
        done_ = true;
    }

private:
    std::filesystem::path file_;
    std::filesystem::path part_;
    std::ofstream stream_;
    bool done_ = false;
};

}  // namespace

TimelineSpan::TimelineSpan(detail::Recorder& recorder, std::uint64_t chunk, std::uint32_t track,
                           std::uint32_t text) noexcept
    : recorder_{&recorder}, begin_{recorder.now()}, task_{recorder.task()}, chunk_{chunk},
      track_{track}, text_{text} {}

void TimelineSpan::end() noexcept {
    if (recorder_ != nullptr) {
        recorder_->bar(track_, text_, begin_, recorder_->now(), task_, chunk_);
        recorder_ = nullptr;
    }
}

Timeline::Timeline(std::size_t max_events, Clock* clock)
    : recorder_{std::make_unique<detail::Recorder>(max_events, clock)} {}

Timeline::~Timeline() = default;

detail::SpawnedTask* Timeline::task_resumed(detail::SpawnedTask* task) noexcept {
    return recorder_->turn(task);
}

void Timeline::idle() noexcept { recorder_->idle(); }

void Timeline::ticket_waits(const detail::Ticket& ticket) noexcept {
    recorder_->ticket(detail::TimelineEventKind::wait, ticket.queue().label(), ticket.number(),
                      ticket.acquired_at());
}

void Timeline::ticket_held(const detail::Ticket& ticket) noexcept {
    recorder_->ticket(detail::TimelineEventKind::held, ticket.queue().label(), ticket.number(),
                      ticket.acquired_at());
}

void Timeline::ticket_left(const detail::Ticket& ticket) noexcept {
    recorder_->ticket(detail::TimelineEventKind::left, ticket.queue().label(), ticket.number(),
                      ticket.acquired_at());
}

void Timeline::level_changed(const detail::Label& of, std::uint64_t level,
                             std::uint64_t capacity) noexcept {
    recorder_->level(of, level, capacity);
}

void Timeline::offload_ended(const detail::OffloadTimes& times,
                             const detail::SpawnedTask& task) noexcept {
    recorder_->offloaded(times, task);
}

detail::CommandSink* Timeline::command_sink() noexcept { return recorder_.get(); }

TimelineSpan Timeline::span(std::string_view name) noexcept {
    return span(name, recorder_->chunk());
}

TimelineSpan Timeline::span(std::string_view name, std::uint64_t chunk) noexcept {
    return TimelineSpan{*recorder_, chunk, recorder_->track(TimelineLaneKind::spans, name),
                        recorder_->text(name)};
}

void Timeline::chunk(std::optional<std::uint64_t> number) noexcept {
    recorder_->set_chunk(number.value_or(detail::no_chunk));
}

void Timeline::command(std::string_view queue, std::string_view what, TimePoint start,
                       TimePoint end) noexcept {
    recorder_->bar(recorder_->track(TimelineLaneKind::queue, queue), recorder_->text(what),
                   countable(start), countable(end), recorder_->task(), recorder_->chunk());
}

Observer::Work Timeline::work() const noexcept { return {recorder_->task(), recorder_->chunk()}; }

void Timeline::message(std::string_view lane, std::string_view what, TimePoint start, TimePoint end,
                       const Work& of) noexcept {
    recorder_->bar(recorder_->track(TimelineLaneKind::spans, lane), recorder_->text(what),
                   countable(start), countable(end), of.task, of.chunk);
}

void Timeline::write_svg(std::ostream& out, const TimelineRenderOptions& picture) {
    detail::write_svg(out, picked(recorder_->data(), picture), picture);
}

void Timeline::write_html(std::ostream& out, const TimelineRenderOptions& picture) {
    detail::write_html(out, picked(recorder_->data(), picture), picture);
}

void Timeline::write_trace(std::ostream& out) { detail::write_trace(out, recorder_->data()); }

void Timeline::check_output(const std::filesystem::path& file,
                            const TimelineRenderOptions& picture) {
    const std::string extension = file.extension().string();
    if (extension != ".svg" && extension != ".html" && extension != ".json") {
        throw std::invalid_argument{"juggle: Timeline::write: argument 'file' is '" +
                                    file.string() + "', not a name in .svg, .html or .json"};
    }
    detail::check(picture);
}

void Timeline::write(const std::filesystem::path& file, const TimelineRenderOptions& picture) {
    check_output(file, picture);
    const std::string extension = file.extension().string();
    ReplacingFile{file}.write([&](std::ostream& out) {
        if (extension == ".svg") {
            write_svg(out, picture);
        } else if (extension == ".html") {
            write_html(out, picture);
        } else {
            write_trace(out);
        }
    });
}

TimelineSummary Timeline::summary() { return detail::summarize(recorder_->data()); }

void Timeline::clear() noexcept { recorder_->clear(); }

std::string Timeline::recording() { return detail::bytes_of(recorder_->data()); }

void Timeline::add(std::string_view recording, std::string_view group,
                   std::span<const TimelineClockOffset> offsets) {
    detail::TimelineData data = detail::data_of(recording);
    detail::change_clock(data, offsets);
    detail::name_group(data, group);
    recorder_->add(std::move(data));
}

TimePoint Timeline::now() noexcept { return TimePoint{std::chrono::nanoseconds{recorder_->now()}}; }

}  // namespace juggle
