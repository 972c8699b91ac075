#pragma once

#include <juggle/detail/combine/range_branches.hpp>
#include <juggle/detail/combine/static_branches.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

template <class... KeptTypes>
class WhenAllAwaiter final : public StaticBranches<KeptTypes...> {
    using Base = StaticBranches<KeptTypes...>;

public:
    template <class... Arguments>
    explicit WhenAllAwaiter(std::in_place_t, Arguments&&... arguments)
        : Base{"when_all", std::forward<Arguments>(arguments)...} {}

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_all(
            coroutine.promise(), [this] { return failed_ != nullptr; },
            [this](Branch& branch) { one_ended(branch); });
    }

    std::tuple<Storable<ValueOf<KeptTypes>>...> await_resume() {
        this->return_unnoticed_stop();
        if (failed_ != nullptr) [[unlikely]] {
            std::rethrow_exception(failed_->error());
        }
        return results(typename Base::Indices{});
    }

private:
    void one_ended(Branch& branch) noexcept override {
        if (!branch.failed()) [[likely]] {
            return;
        }
        if (failed_ != nullptr) {
            branch.report_if_lost();
            return;
        }
        failed_ = &branch;
        this->answer_is_of(branch);
        this->stop_others();
    }

    template <std::size_t... Index>
    std::tuple<Storable<ValueOf<KeptTypes>>...> results(std::index_sequence<Index...>) {
        return {take_storable(this->template result<Index>())...};
    }

    Branch* failed_ = nullptr;
};

}  // namespace detail

/// `co_await when_all(a, b, ...)` awaits several things at once and gives a tuple of their results,
/// in the order of the arguments: `std::monostate` for one that gives nothing, a
/// `std::reference_wrapper` for a reference.
///
/// The arguments are tasks (rvalues) or anything else that can be awaited; a `JoinHandle` that is
/// an rvalue stands for its task, an lvalue for the wait only. Each is begun at once, in order, and
/// runs up to its first suspension before the next one is begun.
///
/// If one fails the others are asked to stop; when all have ended, not before, the first exception
/// is rethrown; others go to `on_unhandled_exception`. Those that were not begun yet never are.
/// A stop request to the awaiting task is passed on to all. The task resumes on its executor, at
/// once if nothing had to wait. Allocates nothing after warm-up.
///
/// `std::logic_error` if a task is empty. Arguments that are lvalues must outlive the await; others
/// are kept. Not for an unknown number of tasks that come one by one: that is a `TaskGroup` or a
/// `JobQueue`.
///
/// After Trio's nurseries and Python's `asyncio.TaskGroup`: nothing is left running.
template <detail::Awaitable... Arguments>
    requires(sizeof...(Arguments) != 0 && !detail::is_awaitable_range<Arguments...>)
[[nodiscard]] auto when_all(Arguments&&... arguments) {
    return detail::WhenAllAwaiter<detail::Kept<Arguments>...>{
        std::in_place, std::forward<Arguments>(arguments)...};
}

/// The same over a range: `std::vector` of the results, in order; nothing if they give nothing.
///
/// A range of tasks is given as an rvalue (`std::move(tasks)`) or is a view that makes them, such
/// as `std::views::transform`; the range is read from start to end, and what an iterator throws
/// counts as a failure.
template <detail::AwaitableRange Range>
[[nodiscard]] auto when_all(Range&& range) {
    return detail::RangeAllAwaiter<Range>{std::forward<Range>(range), detail::unlimited,
                                          "when_all"};
}

}  // namespace juggle
