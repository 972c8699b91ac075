#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/saturate.hpp>
#include <juggle/detail/combine/deadline_awaiter.hpp>

#include <chrono>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// `co_await deadline(when, x)` awaits `x` until a point in time of the executor's clock, and not
/// longer. The point may be in any unit, as for `Duration`.
///
/// `x` is a task (an rvalue) or anything else that can be awaited. It begins at once; its value is
/// given, or its exception rethrown, if it ends before. At `when` it is asked to stop, and once it
/// has ended, not before, `TimedOut` is thrown. If it ends by itself in spite of that, nothing is
/// thrown away: its value or its own exception counts; so it does where `x` was given an element,
/// a permit or a ticket in the same moment. If `x` need not wait the time does not matter.
///
/// A `JoinHandle` that is an rvalue stands for its task, which is stopped; an lvalue for the wait
/// only, and the task goes on.
///
/// A stop request to the awaiting task is passed on to `x`, as if that were awaited directly; once
/// the time has come it waits for the next await.
///
/// After katsdpsigproc's `resource.wait_until`.
template <class Length, detail::Awaitable Argument>
[[nodiscard]] auto deadline(std::chrono::time_point<TimePoint::clock, Length> when,
                            Argument&& argument) {
    return detail::DeadlineAwaiter<detail::Kept<Argument>>{"deadline", detail::to_time_point(when),
                                                           std::forward<Argument>(argument)};
}

}  // namespace juggle
