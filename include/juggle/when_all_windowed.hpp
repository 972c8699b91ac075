#pragma once

#include <juggle/detail/combine/range_branches.hpp>

#include <cstddef>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// As `when_all` over a range, but at most `max_running` of the tasks run at a time; the next is
/// taken from the range when one has ended. A view that makes tasks, such as
/// `std::views::transform`, makes them no sooner than they start.
///
/// `co_await when_all_windowed(tasks, 8)` gives a `std::vector` of the results in the order of the
/// range, nothing if the tasks give nothing. After a failure no more are started, those that run
/// are asked to stop, and when they have ended the first exception is rethrown.
///
/// `std::invalid_argument` if `max_running` is 0.
///
/// After folly's `collectAllWindowed`. For jobs that come one by one, or whose results are handled
/// as they come, use a `JobQueue`.
template <detail::AwaitableRange Range>
[[nodiscard]] auto when_all_windowed(Range&& range, std::size_t max_running) {
    if (max_running == 0) {
        detail::throw_no_window();
    }
    return detail::RangeAllAwaiter<Range>{std::forward<Range>(range), max_running,
                                          "when_all_windowed"};
}

}  // namespace juggle
