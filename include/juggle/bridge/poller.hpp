#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>

#include <optional>

namespace juggle::inline JUGGLE_ABI {

class Executor;

namespace detail {
class Loop;
}  // namespace detail

namespace bridge {

/// Looks after completions that nobody announces, such as those of MPI requests: the executor asks
/// it once a turn, and again before it sleeps. An executor may have any number of them.
///
/// Derive from it what a `bridge::service` keeps, or any object; one that outlives the executor is
/// asked no more. For the executor's thread.
class JUGGLE_EXPORT Poller {
public:
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// As long as there is one.
    [[nodiscard]] Executor& executor() const noexcept { return *executor_; }

    /// Looks, and ends the waits of what has completed (`Waiter::complete`).
    ///
    /// Returns when it wants to be asked again at the latest, on the executor's clock; the
    /// executor does not sleep longer than that, and not at all if it is past. Nothing: nothing is
    /// outstanding. While something is, the executor is not stuck, so it reports no `Deadlock`,
    /// unless `is_awaited` says that this would end no wait.
    [[nodiscard]] virtual std::optional<TimePoint> poll() noexcept = 0;

    /// Asked after a `poll` that gave a time: whether something outstanding may end a wait. If not,
    /// it is asked on like any other, but an executor all of whose tasks wait is stuck.
    [[nodiscard]] virtual bool is_awaited() const noexcept { return true; }

protected:
    /// From now on it is asked. `std::bad_alloc`.
    explicit Poller(Executor& executor);
    /// Not to be called inside of a `poll`.
    virtual ~Poller();

private:
    friend juggle::detail::Loop;
    Executor* executor_;  // null: gone
};

}  // namespace bridge

}  // namespace juggle
