#pragma once

#include <juggle/bridge/event_monitor.hpp>
#include <juggle/clock.hpp>
#include <juggle/post_node.hpp>
#include <juggle/poster.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::bridge::detail {

/// An event that is being watched, and the meeting point of its two owners: the executor, which is
/// done with the entry when the event has settled or the executor ends, and the driver's callback,
/// which may come before that, after it, at the same time on another thread, after the executor is
/// gone, or never. Whichever of the two is done last puts the entry back.
///
/// Entries live forever and are used again and again. What the driver is given is not an address
/// but a ticket: the number of the entry and that of its present use. `word_` holds the number of
/// the use and one of
///
/// | state    | meaning                                                                      |
/// |----------|------------------------------------------------------------------------------|
/// | idle     | no callback can come that counts; the executor, if anybody, has the entry    |
/// | armed    | a callback is expected: its coming makes this *fired*; if the executor is    |
/// |          | done first that makes it *idle*, of the next use                             |
/// | fired    | the callback came and posts, or has posted, this entry; if its post is       |
/// |          | refused it makes this *idle* and leaves the entry to the executor            |
/// | orphaned | fired, and the executor is done: for whoever deals with the post, the        |
/// |          | executor's loop or the callback whose post is refused, to put back           |
///
/// A callback whose use is over, or that comes twice, finds another word and does nothing.
class WatchedEvent final : public PostNode {
public:
    explicit WatchedEvent(std::uint32_t number) noexcept
        : PostNode{&WatchedEvent::callback_came}, number_{number} {}

    /// An unused entry. `std::bad_alloc`.
    [[nodiscard]] static WatchedEvent& obtain();
    /// For any thread.
    static void called_back(void* ticket) noexcept;

    // For the executor's thread.
    void watch(EventMonitor& monitor, void* event, EventMonitor::Listener& listener) noexcept;
    void abandon() noexcept;
    /// When `sweep` is to be called, which looks; false: it has not settled.
    [[nodiscard]] TimePoint due() const noexcept { return due_; }
    void set_due(TimePoint due) noexcept { due_ = due; }
    [[nodiscard]] bool sweep(TimePoint now) noexcept;
    /// Asks; if it has settled, tells the listener and is over. True then.
    bool look() noexcept;
    void flush() noexcept { monitor_->flush(event_); }
    /// The monitor goes away.
    void detach() noexcept;

private:
    enum class State : std::uint32_t { idle, armed, fired, orphaned };

    struct Use {
        std::uint32_t number;
        State state;
        friend bool operator==(const Use&, const Use&) = default;
    };

    static void callback_came(PostNode& node) noexcept;

    void arm() noexcept;
    void settle(int code) noexcept;
    void leave_monitor() noexcept;
    /// Changes the state if it is still `from`; with `idle`, a new use begins.
    [[nodiscard]] bool change(State from, State to) noexcept;
    /// The executor is done with it.
    void leave() noexcept;
    void recycle() noexcept;
    [[nodiscard]] void* ticket() const noexcept;

    friend class WatchedEventTable;

    const std::uint32_t number_;
    std::atomic<Use> word_{Use{0, State::idle}};
    Poster poster_;
    EventMonitor* monitor_ = nullptr;
    std::size_t index_ = 0;  // among the monitor's
    EventMonitor::Listener* listener_ = nullptr;
    void* event_ = nullptr;
    std::chrono::nanoseconds interval_{0};
    TimePoint due_;
    unsigned refusals_ = 0;
    WatchedEvent* next_free_ = nullptr;
};

}  // namespace juggle::bridge::detail
