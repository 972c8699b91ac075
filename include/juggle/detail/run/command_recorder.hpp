#pragma once

#include <juggle/detail/base/ring.hpp>
#include <juggle/detail/run/command_sink.hpp>
#include <juggle/observer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// Whether a command has ended; `unknown` if nobody can say.
enum class CommandEnd : std::uint8_t { pending, well, failed, unknown };

/// In ns of the host's clock.
struct CommandSpan {
    std::int64_t begin;
    std::int64_t end;
};

/// What a bridge's recorder of commands has in common with those of other bridges: the commands of
/// queues that a sink was told of, and is shown when they have ended and it is known when that was.
/// One is kept for a while after it has ended, so that it is known if it comes again.
///
/// `Own` is what the bridge keeps of a command, `OwnOfQueue` of a queue, and `Clock` a
/// `DeviceClock`. `Derived` has, none of which throws,
///  - `CommandEnd end_of(const Own&)`, which asks the device;
///  - `std::optional<CommandSpan> device_span(Command&, Clock&, std::int64_t offset)`: what the
///    device says, or nothing if it does not, or if that cannot be;
///  - `std::int64_t noted_end(const Own&)`: when the host learnt of the end; 0: it learns it now;
///  - `void let_go(Own&)`.
template <class Derived, class Own, class OwnOfQueue, class Clock>
class CommandRecorder : public CommandSinkPart {
public:
    void catch_up() noexcept final {
        wait_for_clocks();
        settle_oldest(commands_.size());
        // A command that lasts does not keep those behind it from being seen.
        for (std::size_t index = settled_; index < commands_.size(); ++index) {
            (void)settle(commands_[index]);
        }
    }

protected:
    struct Command {
        Own own{};
        std::size_t queue = 0;    // in `queues_`
        std::size_t clock = 0;    // in `clocks_`; none: its times are the host's
        std::uint32_t track = 0;  // the queue's, or another
        std::uint32_t text = 0;
        TaskKey task = 0;
        std::uint64_t chunk = 0;
        std::int64_t told_at = 0;
        bool in_order = false;
        bool settled = false;  // and shown, if it is to be
    };
    struct Queue {
        const void* handle;  // to know it again; it may be gone
        std::uint32_t track;
        OwnOfQueue own{};
        std::int64_t end_of_last = 0;
    };
    static constexpr std::size_t no_clock = ~std::size_t{0};

    ~CommandRecorder() override = default;
    /// For `Derived`'s destructor.
    void forget_all() noexcept {
        while (!commands_.empty()) {
            forget_oldest();
        }
    }

    [[nodiscard]] CommandSink& sink() const noexcept { return sink_; }

    [[nodiscard]] Queue& find(const void* handle) {
        const auto known = std::ranges::find(queues_, handle, &Queue::handle);
        if (known != queues_.end()) {
            return *known;
        }
        const std::string name = a_queue_ + std::to_string(queues_.size() + 1);
        queues_.push_back({.handle = handle, .track = sink_.queue_lane(name)});
        return queues_.back();
    }
    Queue& name(const void* handle, std::string_view name) {
        Queue& queue = find(handle);
        queue.track = sink_.queue_lane(name);
        return queue;
    }
    /// The queue's lane, or the one of this name if there is one.
    [[nodiscard]] std::uint32_t track_for(const Queue& queue, std::string_view lane) {
        return lane.empty() ? queue.track : sink_.queue_lane(lane);
    }
    [[nodiscard]] Queue& queue_of(const Command& command) noexcept {
        return queues_[command.queue];
    }

    /// Of the last ones.
    template <class Predicate>
    [[nodiscard]] bool is_known(Predicate is_it) noexcept {
        const std::size_t newest = (std::min)(commands_.size(), max_known);
        for (std::size_t index = commands_.size() - newest; index < commands_.size(); ++index) {
            if (is_it(commands_[index].own)) {
                return true;
            }
        }
        return false;
    }

    /// False, and one is lost, if too many have not ended. Otherwise `add` is next.
    [[nodiscard]] bool has_room() noexcept {
        settle_oldest(max_looks);
        if (commands_.size() - settled_ == max_commands) {
            sink_.lose();
            return false;
        }
        return true;
    }
    /// Of the task that runs, from now on.
    Command& add(Own own, Queue& queue, std::size_t clock, std::uint32_t text,
                 std::uint32_t track) {
        commands_.push_back(Command{.own = std::move(own),
                                    .queue = static_cast<std::size_t>(&queue - queues_.data()),
                                    .clock = sink_.has_own_clock() ? no_clock : clock,
                                    .track = track,
                                    .text = text,
                                    .task = sink_.task(),
                                    .chunk = sink_.chunk(),
                                    .told_at = sink_.now()});
        while (settled_ != 0 && commands_.size() > max_known) {
            forget_oldest();
        }
        return commands_.back();
    }

    /// The clock for which `is_it` is true, or else one that `make` gives, as a `unique_ptr`.
    /// `no_clock`: the device does not say what time it is.
    template <class Predicate, class Make>
    [[nodiscard]] std::size_t find_clock(Predicate is_it, Make make) {
        const auto known =
            std::ranges::find_if(clocks_, [&](const auto& clock) { return is_it(*clock); });
        const auto index = static_cast<std::size_t>(known - clocks_.begin());
        if (known == clocks_.end()) {
            clocks_.push_back(make());
        }
        return clocks_[index]->unavailable() ? no_clock : index;
    }
    [[nodiscard]] Clock& clock(std::size_t index) noexcept { return *clocks_[index]; }

private:
    static constexpr std::size_t max_commands = std::size_t{1} << 16;
    static constexpr std::size_t max_known = 128;
    static constexpr std::size_t max_looks = 4;

    friend Derived;
    /// Queues that have no name are called this and a number.
    CommandRecorder(CommandSink& sink, const char* a_queue) noexcept
        : sink_{sink}, a_queue_{a_queue} {}

    [[nodiscard]] Derived& self() noexcept { return static_cast<Derived&>(*this); }

    void forget_oldest() noexcept {
        self().let_go(commands_.front().own);
        commands_.pop_front();
        settled_ -= settled_ == 0 ? 0 : 1;
    }

    /// The oldest ones that have ended, so many at most.
    void settle_oldest(std::size_t most) noexcept {
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
        switch (self().end_of(command.own)) {
            case CommandEnd::pending:
                return false;
            case CommandEnd::unknown:
                sink_.lose();
                [[fallthrough]];
            case CommandEnd::failed:
                command.settled = true;
                return true;
            case CommandEnd::well:
                break;
        }
        if (command.clock != no_clock && !clock(command.clock).unavailable()) {
            const auto offset = clock(command.clock).offset(sink_.now());
            if (!offset) {
                return false;
            }
            if (const auto span = self().device_span(command, clock(command.clock), *offset)) {
                sink_.uses_device_time(command.track);
                show(command, *span);
                return true;
            }
        }
        const std::int64_t noted = self().noted_end(command.own);
        const std::int64_t end = noted == 0 ? sink_.now() : noted;
        std::int64_t begin = command.told_at;
        if (command.in_order) {
            begin = (std::max)(begin, queue_of(command).end_of_last);
        }
        show(command, {(std::min)(begin, end), end});
        return true;
    }

    void show(Command& command, CommandSpan span) noexcept {
        sink_.bar(command.track, command.text, span.begin, span.end, command.task, command.chunk);
        queue_of(command).end_of_last = span.end;
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
    const char* a_queue_;
    Ring<Command> commands_;
    std::size_t settled_ = 0;  // so many of the oldest
    std::vector<Queue> queues_;
    std::vector<std::unique_ptr<Clock>> clocks_;
};

/// Calls `function` with the observer's recorder of this kind; not if it does not look at commands.
/// What there is no memory for is lost.
template <class Recorder, class Function>
void with_recorder(Observer& observer, Function function) noexcept {
    CommandSink* const sink = observer.command_sink();
    if (sink == nullptr) {
        return;
    }
    try {
        function(sink->part<Recorder>());
    } catch (const std::bad_alloc&) {
        sink->lose();
    }
}

}  // namespace juggle::detail
