#pragma once

#include <juggle/detail/combine/deadline_awaiter.hpp>
#include <juggle/duration.hpp>

#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// As `deadline`, that long from the await: `co_await timeout(100ms, channel.pop())`. A delay that
/// is zero or less leaves time only for what need not wait, and for what ends in the same tick of
/// the executor.
template <detail::Awaitable Argument>
[[nodiscard]] auto(timeout)(Duration delay, Argument&& argument) {
    return detail::DeadlineAwaiter<detail::Kept<Argument>>{"timeout", delay,
                                                           std::forward<Argument>(argument)};
}

}  // namespace juggle
