#include "device_clock.hpp"
#include "end_times.hpp"
#include "info.hpp"

#include <juggle/detail/run/command_sink.hpp>
#include <juggle/observer.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

using juggle::detail::CommandSink;

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

/// First in, first out, like std::deque, but without allocating while it moves on.
template <class T>
class Ring {
public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Counted from the oldest.
    [[nodiscard]] T& operator[](std::size_t index) noexcept {
        return slots_[(first_ + index) & (slots_.size() - 1)];
    }
    [[nodiscard]] T& front() noexcept { return (*this)[0]; }

    void push_back(const T& value) {
        if (size_ == slots_.size()) {
            std::vector<T> larger(std::max<std::size_t>(2 * size_, 64));
            for (std::size_t index = 0; index < size_; ++index) {
                larger[index] = (*this)[index];
            }
            slots_ = std::move(larger);
            first_ = 0;
        }
        ++size_;
        (*this)[size_ - 1] = value;
    }
    void pop_front() noexcept {
        first_ = (first_ + 1) & (slots_.size() - 1);
        --size_;
    }

private:
    std::vector<T> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

/// The commands whose events a timeline was told of. An event is kept for a while after it has
/// ended, so that it is known if it comes again.
class CommandRecorder final : public juggle::detail::CommandSinkPart {
public:
    explicit CommandRecorder(CommandSink& sink) : sink_{sink} {}
    ~CommandRecorder() override {
        while (!commands_.empty()) {
            forget_oldest();
        }
    }

    void name(cl_command_queue queue, std::string_view name) {
        Queue& known = find(queue);
        known.track = sink_.queue_lane(name);
        known.facts = QueueFacts::of(queue);
    }

    void record(cl_event event, std::string_view what, std::string_view lane, bool only_work) {
        cl_command_type type = 0;
        cl_command_queue queue = nullptr;
        if (get_info(event, CL_EVENT_COMMAND_TYPE, type) != CL_SUCCESS ||
            get_info(event, CL_EVENT_COMMAND_QUEUE, queue) != CL_SUCCESS) {
            sink_.lose();
            return;
        }
        if (queue == nullptr || (only_work && !is_work(type)) || is_known(event)) {
            return;
        }
        settle(max_looks);
        if (commands_.size() - settled_ == max_commands) {
            sink_.lose();
            return;
        }
        add(event, find(queue), what.empty() ? text_for(type) : sink_.text(what), lane);
    }

    void catch_up() noexcept override {
        wait_for_clocks();
        settle(commands_.size());
        // A command that lasts does not keep those behind it from being seen.
        for (std::size_t index = settled_; index < commands_.size(); ++index) {
            (void)settle(commands_[index]);
        }
    }

private:
    struct Command {
        cl_event event;
        std::size_t queue;    // in `queues_`
        std::size_t clock;    // in `clocks_`; none: its times are the host's
        std::uint32_t track;  // the queue's, or another
        std::uint32_t text;
        juggle::detail::TaskKey task;
        std::uint64_t chunk;
        std::int64_t told_at;
        EndTimes::Ticket end_time;
        bool in_order;
        bool ended_later;  // than `told_at`
        bool settled;
    };
    struct Queue {
        cl_command_queue handle;  // to know it again; it may be gone
        QueueFacts facts;
        std::uint32_t track;
        std::int64_t end_of_last;
        bool times_doubtful;
    };

    static constexpr std::size_t max_commands = std::size_t{1} << 16;
    static constexpr std::size_t max_known = 128;
    static constexpr std::size_t max_looks = 4;
    static constexpr std::size_t none = ~std::size_t{0};

    [[nodiscard]] bool is_known(cl_event event) noexcept {
        const std::size_t newest = std::min(commands_.size(), max_known);
        for (std::size_t index = commands_.size() - newest; index < commands_.size(); ++index) {
            if (commands_[index].event == event) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] std::uint32_t text_for(cl_command_type type) {
        const auto known =
            std::ranges::find(texts_, type, &std::pair<cl_command_type, std::uint32_t>::first);
        if (known != texts_.end()) {
            return known->second;
        }
        texts_.emplace_back(type, sink_.text(words_for(type)));
        return texts_.back().second;
    }

    [[nodiscard]] Queue& find(cl_command_queue handle) {
        const auto known = std::ranges::find(queues_, handle, &Queue::handle);
        if (known != queues_.end()) {
            return *known;
        }
        const std::string name = "queue " + std::to_string(queues_.size() + 1);
        queues_.push_back({.handle = handle,
                           .facts = {},
                           .track = sink_.queue_lane(name),
                           .end_of_last = 0,
                           .times_doubtful = false});
        return queues_.back();
    }

    void add(cl_event event, Queue& queue, std::uint32_t text, std::string_view lane) {
        const bool pending = is_in_its_queue(event);
        if (pending) {
            queue.facts = QueueFacts::of(queue.handle);
        }
        const QueueFacts facts = queue.facts.known() ? queue.facts : QueueFacts::of(event);
        const std::size_t clock = sink_.has_own_clock() ? none : clock_of(facts);
        commands_.push_back({.event = event,
                             .queue = static_cast<std::size_t>(&queue - queues_.data()),
                             .clock = clock,
                             .track = lane.empty() ? queue.track : sink_.queue_lane(lane),
                             .text = text,
                             .task = sink_.task(),
                             .chunk = sink_.chunk(),
                             .told_at = sink_.now(),
                             .end_time = 0,
                             .in_order = facts.in_order(),
                             .ended_later = pending,
                             .settled = false});
        clRetainEvent(event);
        const bool device_tells = clock != none && clocks_[clock]->known() && !queue.times_doubtful;
        if (!device_tells && !sink_.has_own_clock()) {
            commands_[commands_.size() - 1].end_time = EndTimes::ask_for(event);
        }
        while (settled_ != 0 && commands_.size() > max_known) {
            forget_oldest();
        }
    }

    /// None: the device does not say what time it is.
    [[nodiscard]] std::size_t clock_of(const QueueFacts& facts) {
        if (!facts.profiled()) {
            return none;
        }
        const auto known = std::ranges::find_if(
            clocks_, [&](const auto& clock) { return clock->is_of(facts.context, facts.device); });
        const auto index = static_cast<std::size_t>(known - clocks_.begin());
        if (known == clocks_.end()) {
            clocks_.push_back(std::make_unique<DeviceClock>(facts.context, facts.device));
        }
        return clocks_[index]->unavailable() ? none : index;
    }

    void forget_oldest() noexcept {
        const Command& command = commands_.front();
        EndTimes::give_back(command.end_time);
        clReleaseEvent(command.event);
        commands_.pop_front();
        settled_ -= settled_ == 0 ? 0 : 1;
    }

    /// The oldest ones that have ended, so many at most.
    void settle(std::size_t most) noexcept {
        for (; most != 0 && settled_ < commands_.size() && settle(commands_[settled_]); --most) {
            ++settled_;
        }
    }

    /// False: it has not ended, or it is not known yet what the device's time means. A command that
    /// failed may never have run, and is not shown.
    [[nodiscard]] bool settle(Command& command) noexcept {
        if (command.settled) {
            return true;
        }
        const cl_int status = settled_status(command.event);
        if (status > CL_COMPLETE && status != unknown_status) {
            return false;
        }
        if (status != CL_COMPLETE) {
            if (status == unknown_status) {
                sink_.lose();
            }
            command.settled = true;
            return true;
        }
        if (command.clock != none && !clocks_[command.clock]->unavailable()) {
            const auto offset = clocks_[command.clock]->offset(sink_.now());
            if (!offset) {
                return false;
            }
            if (show_in_device_time(command, *offset)) {
                return true;
            }
        }
        const std::int64_t noted = EndTimes::get(command.end_time);
        const std::int64_t end = noted == 0 ? sink_.now() : noted;
        std::int64_t begin = command.told_at;
        if (command.in_order) {
            begin = std::max(begin, queues_[command.queue].end_of_last);
        }
        show(command, std::min(begin, end), end);
        return true;
    }

    /// False: what the device says of the command cannot be. It has not ended yet, or had ended
    /// when it had not; the host notes the ends of those that come after it.
    [[nodiscard]] bool show_in_device_time(Command& command, std::int64_t offset) noexcept {
        constexpr std::int64_t clocks_apart = 100'000'000;  // on a busy machine
        const DeviceTimes times = DeviceTimes::of(command.event);
        const std::int64_t end = times.ended + offset;
        if (!times.has_start_and_end() || end > sink_.now() + clocks_apart ||
            (command.ended_later && end < command.told_at - clocks_apart)) {
            queues_[command.queue].times_doubtful = true;
            return false;
        }
        sink_.uses_device_time(command.track);
        show(command, times.started + offset, end);
        return true;
    }

    void show(Command& command, std::int64_t begin, std::int64_t end) noexcept {
        sink_.bar(command.track, command.text, begin, end, command.task, command.chunk);
        queues_[command.queue].end_of_last = end;
        command.settled = true;
    }

    /// A marker ends at once, unless all of the device's threads are busy.
    void wait_for_clocks() noexcept {
        constexpr int max_looks_at_a_clock = 200;
        for (const auto& clock : clocks_) {
            for (int look = 0; look < max_looks_at_a_clock && !clock->unavailable() &&
                               !clock->offset(sink_.now());
                 ++look) {
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            }
        }
    }

    CommandSink& sink_;
    Ring<Command> commands_;
    std::size_t settled_ = 0;  // so many of the oldest
    std::vector<Queue> queues_;
    std::vector<std::pair<cl_command_type, std::uint32_t>> texts_;
    std::vector<std::unique_ptr<DeviceClock>> clocks_;
};

template <class Function>
void with_recorder(Observer& observer, Function function) noexcept {
    CommandSink* sink = observer.command_sink();
    if (sink == nullptr) {
        return;
    }
    try {
        function(sink->part<CommandRecorder>());
    } catch (const std::bad_alloc&) {
        sink->lose();
    }
}

}  // namespace

void name_queue(Observer& observer, cl_command_queue queue, std::string_view name) noexcept {
    with_recorder(observer, [=](CommandRecorder& commands) { commands.name(queue, name); });
}

void record_command(Observer& observer, cl_event event, std::string_view what,
                    std::string_view lane) noexcept {
    if (event != nullptr) {
        with_recorder(observer, [=](CommandRecorder& commands) {
            commands.record(event, what, lane, false);
        });
    }
}

void record_guard(Observer& observer, cl_event event) noexcept {
    if (event != nullptr) {
        with_recorder(observer,
                      [=](CommandRecorder& commands) { commands.record(event, {}, {}, true); });
    }
}

}  // namespace juggle::opencl::detail
