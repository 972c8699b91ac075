#pragma once

#include <juggle/detail/combine/single_branch.hpp>

#include <coroutine>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

template <class KeptType>
class ShieldAwaiter final : public SingleBranch<KeptType> {
public:
    template <class Argument>
    explicit ShieldAwaiter(std::in_place_t, Argument&& argument)
        : SingleBranch<KeptType>{"shield", std::forward<Argument>(argument)} {
        this->keep_stops_back();
    }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_it(coroutine.promise());
    }

    ValueOf<KeptType> await_resume() { return this->outcome().take(); }
};

}  // namespace detail

/// `co_await shield(x)` awaits `x`, a task (an rvalue) or anything else, and does not stop it when
/// the awaiting task is asked to stop. The request waits until `x` has ended, and is seen by the
/// next await that would suspend. The value of `x` is given, or its exception rethrown.
///
/// For work that must not be left half done: giving something back, closing a file in order. The
/// end of a run, and of its executor, wait for it, so it should be short; give it a `timeout` of
/// its own. `asyncio.shield` differs: there the work goes on alone and the await is stopped.
///
/// After Trio's shielded cancel scopes.
template <detail::Awaitable Argument>
[[nodiscard]] auto shield(Argument&& argument) {
    return detail::ShieldAwaiter<detail::Kept<Argument>>{std::in_place,
                                                         std::forward<Argument>(argument)};
}

}  // namespace juggle
