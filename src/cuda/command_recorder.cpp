#include "command_recorder.hpp"

#include "context_clock.hpp"
#include "stream_context.hpp"

#include <juggle/cuda/detail/command_recorder.hpp>
#include <juggle/cuda/shown.hpp>
#include <juggle/detail/run/command_recorder.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace juggle::inline JUGGLE_ABI::cuda {

namespace detail {

namespace {

using juggle::detail::CommandEnd;
using juggle::detail::CommandSink;
using juggle::detail::CommandSpan;

struct OfCommand {
    Event begin{};  // nothing: it began when the one before had ended, or when it was told of
    Event end{};
};
struct OfStream {
    /// All that it was given since the last event is shown by itself.
    bool is_shown = false;
};

/// What a timeline was told of streams.
class CommandRecorder final
    : public juggle::detail::CommandRecorder<CommandRecorder, OfCommand, OfStream, ContextClock> {
    using Base =
        juggle::detail::CommandRecorder<CommandRecorder, OfCommand, OfStream, ContextClock>;
    friend Base;

public:
    struct Numbers {
        std::uint32_t text;
        std::uint32_t track;
    };

    explicit CommandRecorder(CommandSink& sink) : Base{sink, "stream "} {}
    ~CommandRecorder() override { forget_all(); }

    void name(CUstream stream, std::string_view name) { Base::name(stream, name); }

    [[nodiscard]] Numbers numbers(CUstream stream, std::string_view what, std::string_view lane) {
        return {.text = sink().text(what), .track = track_for(find(stream), lane)};
    }

    void begin_work(CUstream stream) { find(stream).own.is_shown = false; }

    /// All since the stream's last event, unless it is shown by itself.
    void record(const Event& begin, const Event& end) {
        if (is_known([&](const OfCommand& known) { return known.end == end; }) || !has_room()) {
            return;
        }
        Queue& stream = find(end.stream());
        Command& added = add(begin, end, stream, sink().text("work"), stream.track);
        added.settled = std::exchange(stream.own.is_shown, false);
    }

    void record(const Event& begin, const Event& end, Numbers numbers, std::int64_t begun_at) {
        if (has_room()) {
            Queue& stream = find(end.stream());
            add(begin, end, stream, numbers.text, numbers.track).told_at = begun_at;
            stream.own.is_shown = true;
        }
    }

private:
    Command& add(const Event& begin, const Event& end, Queue& stream, std::uint32_t text,
                 std::uint32_t track) {
        const EventRecord& record = *EventAccess::record(end);
        const std::size_t clock =
            record.timed() && !sink().has_own_clock()
                ? find_clock([&](const ContextClock& known) { return known.is_of(record); },
                             [&] { return std::make_unique<ContextClock>(record); })
                : no_clock;
        Command& added = Base::add({.begin = begin, .end = end}, stream, clock, text, track);
        added.in_order = true;
        return added;
    }

    [[nodiscard]] static CommandEnd end_of(const OfCommand& command) noexcept {
        switch (command.end.status()) {
            case EventStatus::pending:
                return CommandEnd::pending;
            case EventStatus::complete:
                return CommandEnd::well;
            case EventStatus::failed:
                break;
        }
        return CommandEnd::failed;
    }

    [[nodiscard]] std::optional<CommandSpan> device_span(const Command& command,
                                                         const ContextClock& clock,
                                                         std::int64_t offset) noexcept {
        const auto end = clock.time_of(command.own.end);
        const auto begin = command.own.begin ? clock.time_of(command.own.begin) : std::nullopt;
        if (!end || (command.own.begin && !begin)) {
            return std::nullopt;
        }
        const std::int64_t ended = *end + offset;
        const std::int64_t begun =
            begin ? *begin + offset : std::max(command.told_at, queue_of(command).end_of_last);
        return CommandSpan{std::min(begun, ended), ended};
    }

    [[nodiscard]] static std::int64_t noted_end(const OfCommand&) noexcept { return 0; }
    static void let_go(const OfCommand&) noexcept {}
};

}  // namespace

using juggle::detail::with_recorder;

Observer* if_looks_at_commands(Observer* observer) noexcept {
    return observer != nullptr && observer->command_sink() != nullptr ? observer : nullptr;
}

Event record_mark(const StreamContext& context, CUstream stream) noexcept {
    constexpr const char* call = "timeline";
    try {
        const Driver& driver = context.driver();
        EventRecord& record = EventShelf::of(context, call).take(driver, call, true);
        const Event mark = EventAccess::make(record);
        return EventShelf::record(driver, record, stream) == CUDA_SUCCESS ? mark : Event{};
    } catch (const std::exception&) {
        return {};
    }
}

void name_stream(Observer& observer, CUstream stream, std::string_view name) noexcept {
    with_recorder<CommandRecorder>(observer,
                                   [=](CommandRecorder& commands) { commands.name(stream, name); });
}

void record_guard(Observer& observer, const Event& event) noexcept {
    if (event) {
        with_recorder<CommandRecorder>(
            observer, [&](CommandRecorder& commands) { commands.record({}, event); });
    }
}

void begin_work(Observer& observer, CUstream stream) noexcept {
    with_recorder<CommandRecorder>(observer,
                                   [=](CommandRecorder& commands) { commands.begin_work(stream); });
}

void record_work(Observer& observer, const Event& begin, const Event& end) noexcept {
    with_recorder<CommandRecorder>(observer,
                                   [&](CommandRecorder& commands) { commands.record(begin, end); });
}

}  // namespace detail

void Shown::begin(std::string_view what, std::string_view lane) noexcept {
    juggle::detail::CommandSink* const sink = timeline_->command_sink();
    if (sink == nullptr) {
        timeline_ = nullptr;
        return;
    }
    detail::with_recorder<detail::CommandRecorder>(
        *timeline_, [&](detail::CommandRecorder& commands) {
            const auto numbers = commands.numbers(stream_, what, lane);
            text_ = numbers.text;
            track_ = numbers.track;
            begun_at_ = sink->now();
            try {
                begin_ = detail::record_mark(detail::StreamContext{"Shown", stream_}, stream_);
            } catch (const std::exception&) {
                begin_ = Event{};
            }
        });
    if (!begin_) {
        sink->lose();
        timeline_ = nullptr;
    }
}

void Shown::end() noexcept {
    Event mark;
    try {
        mark = detail::record_mark(detail::StreamContext{"Shown", stream_}, stream_);
    } catch (const std::exception&) {
        mark = Event{};
    }
    if (!mark) {
        timeline_->command_sink()->lose();
        return;
    }
    detail::with_recorder<detail::CommandRecorder>(
        *timeline_, [&](detail::CommandRecorder& commands) {
            commands.record(begin_, mark, {.text = text_, .track = track_}, begun_at_);
        });
}

}  // namespace juggle::cuda
