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

namespace juggle::opencl::detail {

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

std::optional<std::int64_t> profiling_time(cl_event event, cl_profiling_info what) noexcept {
    cl_ulong time = 0;
    return clGetEventProfilingInfo(event, what, sizeof time, &time, nullptr) == CL_SUCCESS
               ? std::optional{static_cast<std::int64_t>(time)}
               : std::nullopt;
}

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
        std::uint32_t track;  // the queue's, or another
        std::uint32_t text;
        juggle::detail::TaskKey task;
        std::uint64_t chunk;
        std::int64_t told_at;
        EndTimes::Ticket end_time;
        bool profiled;
        bool settled;
    };
    struct Queue {
        cl_command_queue handle;
        std::uint32_t track;
        std::size_t clock;  // in `clocks_`
        std::int64_t end_of_last;
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
        queues_.push_back({handle, sink_.queue_lane(name), none, 0});
        return queues_.back();
    }

    void add(cl_event event, Queue& queue, std::uint32_t text, std::string_view lane) {
        cl_command_queue_properties properties = 0;
        const bool profiled =
            !sink_.has_own_clock() &&
            get_info(queue.handle, CL_QUEUE_PROPERTIES, properties) == CL_SUCCESS &&
            (properties & CL_QUEUE_PROFILING_ENABLE) != 0 && has_clock(queue);
        commands_.push_back({.event = event,
                             .queue = static_cast<std::size_t>(&queue - queues_.data()),
                             .track = lane.empty() ? queue.track : sink_.queue_lane(lane),
                             .text = text,
                             .task = sink_.task(),
                             .chunk = sink_.chunk(),
                             .told_at = sink_.now(),
                             .end_time = 0,
                             .profiled = profiled,
                             .settled = false});
        clRetainEvent(event);
        if (!profiled && !sink_.has_own_clock()) {
            commands_[commands_.size() - 1].end_time = EndTimes::ask_for(event);
        }
        while (settled_ != 0 && commands_.size() > max_known) {
            forget_oldest();
        }
    }

    /// False: the device does not say what time it is.
    [[nodiscard]] bool has_clock(Queue& queue) {
        if (queue.clock == none) {
            cl_context context = nullptr;
            cl_device_id device = nullptr;
            if (get_info(queue.handle, CL_QUEUE_CONTEXT, context) != CL_SUCCESS ||
                get_info(queue.handle, CL_QUEUE_DEVICE, device) != CL_SUCCESS) {
                return false;
            }
            const auto known = std::ranges::find_if(
                clocks_, [&](const auto& clock) { return clock->is_of(context, device); });
            queue.clock = static_cast<std::size_t>(known - clocks_.begin());
            if (known == clocks_.end()) {
                clocks_.push_back(std::make_unique<DeviceClock>(context, device));
            }
        }
        return !clocks_[queue.clock]->unavailable();
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

    /// False: it has not ended, or it is not known yet what the device's time means.
    [[nodiscard]] bool settle(Command& command) noexcept {
        if (command.settled) {
            return true;
        }
        const cl_int status = execution_status(command.event);
        if (status > CL_COMPLETE && status != unknown_status) {
            return false;
        }
        Queue& queue = queues_[command.queue];
        if (command.profiled && !clocks_[queue.clock]->unavailable()) {
            const auto offset = clocks_[queue.clock]->offset(sink_.now());
            if (!offset) {
                return false;
            }
            const auto begin = profiling_time(command.event, CL_PROFILING_COMMAND_START);
            const auto end = profiling_time(command.event, CL_PROFILING_COMMAND_END);
            if (begin && end && *begin != 0 && *end >= *begin) {
                sink_.uses_device_time(command.track);
                show(command, queue, *begin + *offset, *end + *offset);
                return true;
            }
        }
        const std::int64_t noted = EndTimes::get(command.end_time);
        const std::int64_t end = noted == 0 ? sink_.now() : noted;
        std::int64_t begin = command.told_at;
        if (in_order(queue.handle)) {
            begin = std::max(begin, queue.end_of_last);
        }
        show(command, queue, std::min(begin, end), end);
        return true;
    }

    void show(Command& command, Queue& queue, std::int64_t begin, std::int64_t end) noexcept {
        sink_.bar(command.track, command.text, begin, end, command.task, command.chunk);
        queue.end_of_last = end;
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
