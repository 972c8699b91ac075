#pragma once

#include <juggle/clock.hpp>

#include <optional>

namespace juggle::inline JUGGLE_ABI::detail {
class Loop;
}  // namespace juggle::detail

namespace juggle::inline JUGGLE_ABI::bridge {

/// Where an executor sleeps when it has nothing to do, instead of in its own futex: an event loop
/// of another kind, such as one around `epoll`, that has things of its own to wait for meanwhile.
/// `ExecutorOptions::idle`; one for an executor, and for no other at the same time, and it must
/// outlive that. It is for `Executor::run`: an executor that is driven by `poll` never sleeps, and
/// never asks it.
///
/// It replaces the sleep, and nothing else: `run`, timers, stop requests, `Deadlock`, the watchdog
/// and the order in which tasks run keep their meaning.
class IdleSource {
public:
    virtual ~IdleSource() = default;
    IdleSource(const IdleSource&) = delete;
    IdleSource& operator=(const IdleSource&) = delete;

    /// Sleeps until `wake` is called, until something of its own has come and been dealt with
    /// (which may end waits, by `Waiter::complete`), or until that time of the steady clock has
    /// come; without one, for as long as it takes. It may return early. If the time is past it only
    /// looks: so the executor asks now and then when it is busy, for sockets not to starve.
    ///
    /// A `wake` that came before it, since its last return, makes it return at once. On the
    /// executor's thread, between tasks.
    virtual void sleep(std::optional<TimePoint> until) noexcept = 0;

    /// Ends the `sleep` that runs, or else the next one. From any thread. Once the executor's
    /// destructor has returned no call of it runs any more.
    virtual void wake() noexcept = 0;

    /// Whether something of its own may come that ends a wait. If not, an executor whose tasks all
    /// wait reports a `Deadlock` instead of sleeping forever. On the executor's thread.
    [[nodiscard]] virtual bool may_bring_work() const noexcept = 0;

    /// Tells sources of one class from others', also in programs without RTTI: the address of
    /// something that only that class has. Null for those that nobody looks for.
    [[nodiscard]] virtual const void* kind() const noexcept { return nullptr; }

protected:
    IdleSource() = default;

private:
    friend juggle::detail::Loop;
    bool in_use_ = false;
};

}  // namespace juggle::bridge
