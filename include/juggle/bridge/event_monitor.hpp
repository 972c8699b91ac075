#pragma once

#include <juggle/bridge/poller.hpp>
#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/duration.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace juggle::inline JUGGLE_ABI::bridge {

namespace detail {
class WatchedEvent;
}

/// Watches the events of a driver that calls back on a thread of its own, and that may do so late,
/// twice, before the event has settled, when the executor is gone, or never. Only what `ask` says
/// counts; a callback only lets the executor ask at once, and a sweep asks about each event every
/// so often in case that none comes.
///
/// Derive from it what a `bridge::service` keeps: the functions below say what the driver does.
/// The functions that are not virtual are for the executor's thread, but for `called_back`.
class JUGGLE_EXPORT EventMonitor : public Poller {
public:
    /// What waits for an event. It must stay where it is until it was told, or `abandon` called.
    class Listener {
    public:
        using SettledFunction = void (*)(Listener&, int code) noexcept;
        explicit Listener(SettledFunction on_settled) noexcept : on_settled_{on_settled} {}

    protected:
        ~Listener() = default;

    private:
        friend detail::WatchedEvent;
        SettledFunction on_settled_;
    };

    /// An event that is being watched.
    using Entry = detail::WatchedEvent;

    /// How often it looks.
    struct Pace {
        /// An event is asked about for the first time after this long, ...
        Duration first;
        /// ... then after twice as long each time, up to this.
        Duration longest;
        /// Of the events, so many at each turn of the executor besides.
        std::size_t at_each_turn = 0;
        /// Whether the driver is asked to call back.
        bool calls_back = true;
    };

    /// Tells the listener, at one of the executor's next turns, when the event has settled, and
    /// keeps the event until then. `std::bad_alloc` if there is no memory for the entry.
    [[nodiscard]] Entry& watch(void* event, Listener& listener);

    /// The listener is not told any more; the event is kept until it has settled all the same.
    void abandon(Entry& entry) noexcept;

    /// An executor is not awake for events whose wait was abandoned.
    [[nodiscard]] std::optional<TimePoint> poll() noexcept final;

protected:
    /// For events that are watched from then on, and for the later looks at others.
    EventMonitor(Executor& executor, const Pace& pace) : Poller{executor}, pace_{pace} {}
    /// After `drain`.
    ~EventMonitor() override;

    void set_pace(const Pace& pace) noexcept { pace_ = pace; }

    /// For the destructor of the class that is derived: gives what is left, all of it abandoned,
    /// so long to settle, then lets go of it. False if there was something to let go of.
    [[nodiscard]] bool drain(Duration time) noexcept;

    /// Something has happened that has likely settled others, too: all are asked about at the next
    /// turn.
    void look_at_all_soon() noexcept;

    /// What the driver's callback does with its ticket, on whatever thread it is called: nothing
    /// more, and nothing twice.
    static void called_back(void* ticket) noexcept;

private:
    friend detail::WatchedEvent;

    /// The driver's event is not to go until `release`.
    virtual void retain(void* event) noexcept = 0;
    virtual void release(void* event) noexcept = 0;
    /// Lets the driver call something that calls `called_back(ticket)` once the event has settled.
    /// False if it refuses, in which case it may do so all the same.
    [[nodiscard]] virtual bool request_callback(void* event, void* ticket) noexcept = 0;
    /// The code with which the event has settled, for the listener; nothing if it has not.
    /// `refusals`, of this event, is the bridge's own, and zero at first: how often the driver
    /// refused to say, for instance.
    [[nodiscard]] virtual std::optional<int> ask(void* event, unsigned& refusals) noexcept = 0;
    /// Before a look of the sweep: the event's work is to start if it has not.
    virtual void flush(void* /*event*/) noexcept {}

    void look_at_due(TimePoint now) noexcept;
    void look_at_some() noexcept;

    std::vector<Entry*> pending_;
    std::size_t next_ = 0;        // of them, to be looked at by turns
    std::size_t waited_for_ = 0;  // of them, those with a listener
    TimePoint next_look_ = (TimePoint::max)();
    Pace pace_;
};

}  // namespace juggle::bridge
