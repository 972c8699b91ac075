#pragma once

#include <juggle/detail/run/loop.hpp>
#include <juggle/executor.hpp>

#include <type_traits>

namespace juggle::inline JUGGLE_ABI::bridge {

namespace detail {

template <class S>
class ServiceOf final : public juggle::detail::Service {
public:
    explicit ServiceOf(juggle::detail::Loop& loop) : object{loop.executor()} {}
    S object;
};

}  // namespace detail

/// The executor's own `S`: what a bridge keeps for all awaits on one executor, such as a
/// connection, a pool of requests, or a `Poller`.
///
/// It is made by `S{Executor&}` when it is first asked for, and what that throws is thrown;
/// `std::logic_error` if it asks for itself. It is destroyed with the executor, after the last task
/// and the last post, the newest service first; tasks that its destructor spawns do not run.
/// For the executor's thread. Finding it is a walk along the services that the executor has, of
/// which there are few: a bridge may ask for each await.
template <class S>
    requires std::is_constructible_v<S, Executor&>
S& service(Executor& executor) {
    juggle::detail::Loop& loop = juggle::detail::LoopAccess::of(executor);
    loop.check_call("bridge::service");
    return loop.service<detail::ServiceOf<S>>().object;
}

}  // namespace juggle::bridge
