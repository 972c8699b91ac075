#pragma once

#include <juggle/detail/combine/range_branches.hpp>
#include <juggle/detail/combine/static_branches.hpp>
#include <juggle/outcome.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

template <class T>
Outcome<T> outcome_of(Result<T>& result) {
    if (result.has_error()) {
        return Outcome<T>::failure(result.error());
    }
    if constexpr (std::is_void_v<T>) {
        return Outcome<T>::success();
    } else {
        return Outcome<T>::success(result.take());
    }
}

template <class... KeptTypes>
class WhenAllSettledAwaiter final : public StaticBranches<KeptTypes...> {
    using Base = StaticBranches<KeptTypes...>;

public:
    template <class... Arguments>
    explicit WhenAllSettledAwaiter(std::in_place_t, Arguments&&... arguments)
        : Base{"when_all_settled", std::forward<Arguments>(arguments)...} {}

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_all(coroutine.promise(), [] { return false; }, [](Branch&) {});
    }

    std::tuple<Outcome<ValueOf<KeptTypes>>...> await_resume() {
        this->return_stop();
        return outcomes(typename Base::Indices{});
    }

private:
    void one_ended(Branch&) noexcept override {}

    template <std::size_t... Index>
    std::tuple<Outcome<ValueOf<KeptTypes>>...> outcomes(std::index_sequence<Index...>) {
        return {outcome_of(this->template result<Index>())...};
    }
};

template <class Range>
class RangeAllSettledAwaiter final : public RangeBranches<Range> {
    using Base = RangeBranches<Range>;
    using typename Base::BranchType;
    using typename Base::Value;

public:
    explicit RangeAllSettledAwaiter(Range&& range)
        : Base{std::forward<Range>(range), unlimited, "when_all_settled"} {}

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_all(coroutine.promise());
    }

    std::vector<Outcome<Value>> await_resume() {
        this->return_stop();
        if (this->range_error()) [[unlikely]] {
            std::rethrow_exception(this->range_error());
        }
        std::vector<Outcome<Value>> outcomes;
        outcomes.reserve(outcomes_.size());
        for (auto& outcome : outcomes_) {
            outcomes.push_back(std::move(*outcome));
        }
        return outcomes;
    }

private:
    Race* prepare(std::size_t index) override {
        outcomes_.resize(index + 1);
        return nullptr;
    }

    void one_ended(Branch& branch) noexcept override {
        std::optional<Outcome<Value>>& outcome = outcomes_[branch.index()];
        try {
            outcome.emplace(outcome_of(static_cast<BranchType&>(branch).result));
        } catch (...) {
            outcome.emplace(Outcome<Value>::failure(std::current_exception()));
        }
        this->note_ended();
    }

    std::vector<std::optional<Outcome<Value>>> outcomes_;
};

}  // namespace detail

/// As `when_all`, but waits for all whatever happens, and gives every `Outcome`: a tuple of them
/// in the order of the arguments. No exception of theirs is thrown, and none stops the others.
///
/// A stop request to the awaiting task is passed on to all. Their outcomes are given nevertheless
/// (most are `Cancelled` then), and the request is seen again by the task's next await.
template <detail::Awaitable... Arguments>
    requires(sizeof...(Arguments) != 0 && !detail::is_awaitable_range<Arguments...>)
[[nodiscard]] auto when_all_settled(Arguments&&... arguments) {
    return detail::WhenAllSettledAwaiter<detail::Kept<Arguments>...>{
        std::in_place, std::forward<Arguments>(arguments)...};
}

/// The same over a range, as `when_all`: a `std::vector` of the outcomes. What the range's own
/// iterators throw is rethrown when all that were started have ended.
template <detail::AwaitableRange Range>
[[nodiscard]] auto when_all_settled(Range&& range) {
    return detail::RangeAllSettledAwaiter<Range>{std::forward<Range>(range)};
}

}  // namespace juggle
