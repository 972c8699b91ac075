#include "device_clock.hpp"
#include "end_times.hpp"
#include "info.hpp"

#include <juggle/detail/run/command_recorder.hpp>
#include <juggle/detail/run/command_sink.hpp>
#include <juggle/observer.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

using juggle::detail::CommandEnd;
using juggle::detail::CommandSink;
using juggle::detail::CommandSpan;

/// "write buffer" for CL_COMMAND_WRITE_BUFFER.
std::string words_for(cl_command_type type) {
    std::string name = command_name(type);
    constexpr std::string_view prefix = "CL_COMMAND_";
    if (!name.starts_with(prefix)) {
        return name;
    }
    name.erase(0, prefix.size());
    for (char& letter : name) {
        letter = letter == '_' ? ' ' : static_cast<char>(letter - 'A' + 'a');
    }
    return name == "ndrange kernel" ? "kernel" : name;
}

bool is_work(cl_command_type type) noexcept {
    return type != CL_COMMAND_MARKER && type != CL_COMMAND_BARRIER && type != CL_COMMAND_USER;
}

/// What is known of a queue, of which an event's handle may be all that is left.
struct QueueFacts {
    cl_context context = nullptr;
    cl_device_id device = nullptr;
    cl_command_queue_properties properties = 0;

    /// The queue is there.
    [[nodiscard]] static QueueFacts of(cl_command_queue queue) noexcept {
        QueueFacts facts;
        const bool known = get_info(queue, CL_QUEUE_CONTEXT, facts.context) == CL_SUCCESS &&
                           get_info(queue, CL_QUEUE_DEVICE, facts.device) == CL_SUCCESS &&
                           get_info(queue, CL_QUEUE_PROPERTIES, facts.properties) == CL_SUCCESS;
        return known ? facts : QueueFacts{};
    }

    /// As far as the event and its context tell: not which device it is among several.
    [[nodiscard]] static QueueFacts of(cl_event event) noexcept {
        QueueFacts facts;
        (void)get_info(event, CL_EVENT_CONTEXT, facts.context);
        cl_ulong start = 0;
        if (clGetContextInfo(facts.context, CL_CONTEXT_DEVICES, sizeof facts.device,
                             static_cast<void*>(&facts.device), nullptr) != CL_SUCCESS ||
            clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start,
                                    nullptr) != CL_SUCCESS) {
            return {};
        }
        facts.properties = CL_QUEUE_PROFILING_ENABLE | CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
        return facts;
    }

    [[nodiscard]] bool known() const noexcept { return device != nullptr; }
    [[nodiscard]] bool profiled() const noexcept {
        return (properties & CL_QUEUE_PROFILING_ENABLE) != 0;
    }
    [[nodiscard]] bool in_order() const noexcept {
        return known() && (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) == 0;
    }
};

/// What is kept of a command, and of a queue.
struct OfCommand {
    cl_event event = nullptr;
    EndTimes::Ticket end_time = 0;
    bool ended_later = false;  // than it was told of
};
struct OfQueue {
    QueueFacts facts{};
    bool times_doubtful = false;
};

/// The commands whose events a timeline was told of.
class CommandRecorder final
    : public juggle::detail::CommandRecorder<CommandRecorder, OfCommand, OfQueue, DeviceClock> {
    using Base = juggle::detail::CommandRecorder<CommandRecorder, OfCommand, OfQueue, DeviceClock>;
    friend Base;

public:
    explicit CommandRecorder(CommandSink& sink) : Base{sink, "queue "} {}
    ~CommandRecorder() override { forget_all(); }

    void name(cl_command_queue queue, std::string_view name) {
        Base::name(queue, name).own.facts = QueueFacts::of(queue);
    }

    void record(cl_event event, std::string_view what, std::string_view lane, bool only_work) {
        cl_command_type type = 0;
        cl_command_queue queue = nullptr;
        if (get_info(event, CL_EVENT_COMMAND_TYPE, type) != CL_SUCCESS ||
            get_info(event, CL_EVENT_COMMAND_QUEUE, queue) != CL_SUCCESS) {
            sink().lose();
            return;
        }
        if (queue == nullptr || (only_work && !is_work(type)) ||
            is_known([&](const OfCommand& known) { return known.event == event; })) {
            return;
        }
        if (has_room()) {
            add(event, queue, what.empty() ? text_for(type) : sink().text(what), lane);
        }
    }

private:
    [[nodiscard]] std::uint32_t text_for(cl_command_type type) {
        const auto known =
            std::ranges::find(texts_, type, &std::pair<cl_command_type, std::uint32_t>::first);
        if (known != texts_.end()) {
            return known->second;
        }
        texts_.emplace_back(type, sink().text(words_for(type)));
        return texts_.back().second;
    }

    void add(cl_event event, cl_command_queue handle, std::uint32_t text, std::string_view lane) {
        Queue& queue = find(handle);
        const bool pending = is_in_its_queue(event);
        if (pending) {
            queue.own.facts = QueueFacts::of(handle);
        }
        const QueueFacts facts = queue.own.facts.known() ? queue.own.facts : QueueFacts::of(event);
        const std::size_t clock_number =
            sink().has_own_clock() || !facts.profiled() ? no_clock : clock_of(facts);
        Command& added = Base::add({.event = event, .end_time = 0, .ended_later = pending}, queue,
                                   clock_number, text, track_for(queue, lane));
        clRetainEvent(event);
        added.in_order = facts.in_order();
        const bool device_tells =
            clock_number != no_clock && clock(clock_number).known() && !queue.own.times_doubtful;
        if (!device_tells && !sink().has_own_clock()) {
            added.own.end_time = EndTimes::ask_for(event);
        }
    }

    [[nodiscard]] std::size_t clock_of(const QueueFacts& facts) {
        return find_clock(
            [&](const DeviceClock& known) { return known.is_of(facts.context, facts.device); },
            [&] { return std::make_unique<DeviceClock>(facts.context, facts.device); });
    }

    [[nodiscard]] static CommandEnd end_of(const OfCommand& command) noexcept {
        const cl_int status = settled_status(command.event);
        if (status == unknown_status) {
            return CommandEnd::unknown;
        }
        return status > CL_COMPLETE
                   ? CommandEnd::pending
                   : (status == CL_COMPLETE ? CommandEnd::well : CommandEnd::failed);
    }

    /// Nothing if what the device says of the command cannot be. It has not ended yet, or had ended
    /// when it had not; the host notes the ends of those that come after it.
    [[nodiscard]] std::optional<CommandSpan> device_span(Command& command, const DeviceClock&,
                                                         std::int64_t offset) noexcept {
        constexpr std::int64_t clocks_apart = 100'000'000;  // on a busy machine
        const juggle::detail::DeviceTimes times = device_times(command.own.event);
        const std::int64_t end = times.ended + offset;
        if (!times.has_start_and_end() || end > sink().now() + clocks_apart ||
            (command.own.ended_later && end < command.told_at - clocks_apart)) {
            queue_of(command).own.times_doubtful = true;
            return std::nullopt;
        }
        return CommandSpan{times.started + offset, end};
    }

    [[nodiscard]] static std::int64_t noted_end(const OfCommand& command) noexcept {
        return EndTimes::get(command.end_time);
    }

    static void let_go(const OfCommand& command) noexcept {
        EndTimes::give_back(command.end_time);
        clReleaseEvent(command.event);
    }

    std::vector<std::pair<cl_command_type, std::uint32_t>> texts_;
};

using juggle::detail::with_recorder;

}  // namespace

void name_queue(Observer& observer, cl_command_queue queue, std::string_view name) noexcept {
    with_recorder<CommandRecorder>(observer,
                                   [=](CommandRecorder& commands) { commands.name(queue, name); });
}

void record_command(Observer& observer, cl_event event, std::string_view what,
                    std::string_view lane) noexcept {
    if (event != nullptr) {
        with_recorder<CommandRecorder>(observer, [=](CommandRecorder& commands) {
            commands.record(event, what, lane, false);
        });
    }
}

void record_guard(Observer& observer, cl_event event) noexcept {
    if (event != nullptr) {
        with_recorder<CommandRecorder>(
            observer, [=](CommandRecorder& commands) { commands.record(event, {}, {}, true); });
    }
}

}  // namespace juggle::opencl::detail
