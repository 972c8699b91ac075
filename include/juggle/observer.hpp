#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>

#include <cstdint>
#include <string_view>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
class CommandSink;
class Label;
class OffloadTimes;
class SpawnedTask;
class Ticket;
class TicketQueue;
}  // namespace detail

/// Sees what an executor's tasks do: `ExecutorOptions::observer`. `Timeline` is one.
///
/// Called on the executor's thread, between the steps of its tasks. What is not overridden is not
/// looked at. The arguments are the library's own parts, so a program can pass an observer on, but
/// not write one that every minor version understands.
class JUGGLE_EXPORT Observer {
public:
    virtual ~Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// The task goes on from here; null: what is outside of all tasks does. Gives the task that was
    /// at work before, for the end of what runs on top of it.
    virtual detail::SpawnedTask* task_resumed(detail::SpawnedTask* /*task*/) noexcept {
        return nullptr;
    }
    /// No task is at work until the next one is resumed. May be called again meanwhile.
    virtual void idle() noexcept {}

    /// A ticket is waited for; its task holds the value; it has left the queue. Those that were
    /// not waited for and not held are not told of.
    virtual void ticket_waits(const detail::Ticket& /*ticket*/) noexcept {}
    virtual void ticket_held(const detail::Ticket& /*ticket*/) noexcept {}
    virtual void ticket_left(const detail::Ticket& /*ticket*/) noexcept {}
    /// A resource is destroyed, with all that was known of its tickets.
    virtual void ticket_queue_destroyed(const detail::TicketQueue& /*queue*/) noexcept {}

    /// A channel or a job queue has that many elements now.
    virtual void level_changed(const detail::Label& /*of*/, std::uint64_t /*level*/,
                               std::uint64_t /*capacity*/) noexcept {}
    /// So many permits of a semaphore are out now.
    virtual void permits_changed(const detail::Label& /*of*/, std::uint64_t /*out*/,
                                 std::uint64_t /*permits*/) noexcept {}
    /// So many elements have left a channel so far, jobs a queue, or permits have come back.
    virtual void served(const detail::Label& /*by*/, std::uint64_t /*total*/) noexcept {}
    /// One more task waits in that function of a channel, a job queue or a semaphore.
    virtual void wait_began(const detail::Label& /*at*/, const char* /*operation*/) noexcept {}
    virtual void wait_ended(const detail::Label& /*at*/, const char* /*operation*/) noexcept {}
    /// One of these, or a resource, is destroyed.
    virtual void destroyed(const detail::Label& /*label*/) noexcept {}

    /// What a task has given to another thread has ended there.
    virtual void offload_ended(const detail::OffloadTimes& /*times*/,
                               const detail::SpawnedTask& /*task*/) noexcept {}

    /// A device has executed a command, of the running task if there is one: for bridges. The lane
    /// is called what the queue is.
    virtual void command(std::string_view /*queue*/, std::string_view /*what*/, TimePoint /*start*/,
                         TimePoint /*end*/) noexcept {}

    /// Whose work something is, in the observer's own numbers.
    struct Work {
        std::uint64_t task = 0;
        std::uint64_t chunk = 0;
    };
    /// Of the running task: for a bridge that starts now what it shows when it has ended.
    [[nodiscard]] virtual Work work() const noexcept { return {}; }
    /// A message or the like has come or gone, for whoever `work` was when it was started: for
    /// bridges. Unlike a command it keeps nobody busy.
    virtual void message(std::string_view /*lane*/, std::string_view /*what*/, TimePoint /*start*/,
                         TimePoint /*end*/, const Work& /*of*/) noexcept {}

    /// Where bridges show the commands of their devices. Null: they are not looked at.
    virtual detail::CommandSink* command_sink() noexcept { return nullptr; }

protected:
    Observer() = default;
};

namespace detail {

/// The observer of the loop that runs on this thread; null if it has none. All that an executor
/// without an observer pays is a look at this.
JUGGLE_EXPORT inline constinit thread_local Observer* current_observer = nullptr;

inline void note_destroyed(const Label& label) noexcept {
    if (current_observer != nullptr) [[unlikely]] {
        current_observer->destroyed(label);
    }
}

}  // namespace detail

}  // namespace juggle
