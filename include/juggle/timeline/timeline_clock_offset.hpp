#pragma once

#include <juggle/clock.hpp>
#include <juggle/duration.hpp>

namespace juggle::inline JUGGLE_ABI {

/// How far apart two clocks were at one moment, for `Timeline::add`: the clocks of two machines
/// begin to count anywhere, and drift apart by some microseconds a second.
///
/// To measure it, ask the other side for its time: if that came between `before` and `after` of the
/// own clock, then `at` is the middle of the two, `offset` the other side's time less that, and
/// `error` half the round trip. Of many round trips the shortest tells most (F. Cristian,
/// "Probabilistic clock synchronization", Distributed Computing 3, 1989).
struct TimelineClockOffset {
    TimePoint at{};     ///< by the clock of the recording that is added
    Duration offset{};  ///< to be added to that, for the time by the clock of who adds it
    Duration error{};   ///< how wrong `offset` may be, either way
};

}  // namespace juggle
