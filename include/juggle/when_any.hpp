#pragma once

#include <juggle/detail/combine/range_branches.hpp>
#include <juggle/detail/combine/static_branches.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace juggle::inline JUGGLE_ABI {

/// The first of a range that succeeded.
template <class T>
struct WhenAnyResult {
    std::size_t index;  ///< its position in the range
    T value;  ///< `std::monostate` for nothing, a `std::reference_wrapper` for a reference
};

namespace detail {

/// Which branch of `when_any` has won; for those that take something, before they take it.
class FirstOf : public Race {
public:
    FirstOf() noexcept : Race{&FirstOf::decide} {}
    FirstOf(const FirstOf&) = delete;
    FirstOf& operator=(const FirstOf&) = delete;

    [[nodiscard]] bool decided() const noexcept { return winner_ != nullptr; }
    [[nodiscard]] bool won_by(const Branch& branch) const noexcept { return winner_ == &branch; }

protected:
    ~FirstOf() = default;

    /// A branch has ended. It wins if it is the first that ends well; one that has been given
    /// something has won before. True: what it has ended with counts, as far as is known now.
    [[nodiscard]] bool note(Branch& branch) noexcept {
        if (branch.failed()) {
            if (decided() ? !won_by(branch) : first_error_ != nullptr) {
                return false;
            }
            first_error_ = branch.error();
            return true;
        }
        if (!decided()) {
            winner_ = &branch;
            stop_losers(winner_);
        }
        return won_by(branch);
    }

    /// The winner's value was lost on its way.
    void fail(std::exception_ptr error) noexcept { first_error_ = std::move(error); }

    [[nodiscard]] const std::exception_ptr& first_error() const noexcept { return first_error_; }

private:
    virtual void stop_losers(SpawnedTask* winner) noexcept = 0;
    [[nodiscard]] virtual SpawnedTask& racing_task() const noexcept = 0;

    static bool decide(Race& race, SpawnedTask& task) noexcept {
        auto& self = static_cast<FirstOf&>(race);
        if (self.decided()) {
            return self.winner_ == &task;
        }
        if (!self.racing_task().try_commit()) {  // this may be a part of another race
            return false;
        }
        self.winner_ = &task;
        self.stop_losers(&task);
        return true;
    }

    SpawnedTask* winner_ = nullptr;
    std::exception_ptr first_error_;
};

template <class... KeptTypes>
class WhenAnyAwaiter final : public StaticBranches<KeptTypes...>, private FirstOf {
    using Base = StaticBranches<KeptTypes...>;
    using Winner = std::variant<Storable<ValueOf<KeptTypes>>...>;

public:
    template <class... Arguments>
    explicit WhenAnyAwaiter(std::in_place_t, Arguments&&... arguments)
        : Base{"when_any", std::forward<Arguments>(arguments)...} {}

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_all(
            coroutine.promise(), [this] { return this->decided(); },
            [this](Branch& branch) { one_ended(branch); });
    }

    Winner await_resume() {
        this->return_unnoticed_stop();
        if (!winner_index_) [[unlikely]] {
            std::rethrow_exception(this->first_error());
        }
        return winner(typename Base::Indices{});
    }

private:
    Race* race() noexcept override { return this; }
    void stop_losers(SpawnedTask* winner) noexcept override { this->stop_others(winner); }
    SpawnedTask& racing_task() const noexcept override { return this->parent(); }

    void one_ended(Branch& branch) noexcept override {
        if (this->note(branch)) {
            this->answer_is_of(branch);
            if (!branch.failed()) {
                winner_index_ = branch.index();
            }
        }
    }

    template <std::size_t... Index>
    Winner winner(std::index_sequence<Index...>) {
        std::optional<Winner> result;
        const auto take = [&]<std::size_t Position>() {
            if (*winner_index_ == Position) {
                result.emplace(std::in_place_index<Position>,
                               take_storable(this->template result<Position>()));
            }
        };
        (take.template operator()<Index>(), ...);
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): one of them has won
        return *std::move(result);
    }

    std::optional<std::size_t> winner_index_;
};

template <class Range>
class RangeAnyAwaiter final : public RangeBranches<Range>, private FirstOf {
    using Base = RangeBranches<Range>;
    using typename Base::BranchType;
    using typename Base::Value;

public:
    explicit RangeAnyAwaiter(Range&& range)
        : Base{std::forward<Range>(range), unlimited, "when_any"} {}

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_all(coroutine.promise());
    }

    WhenAnyResult<Storable<Value>> await_resume() {
        this->return_unnoticed_stop();
        if (winner_) {
            return {winner_index_, std::move(*winner_)};
        }
        if (this->range_error()) {
            std::rethrow_exception(this->range_error());
        }
        if (this->first_error()) {
            std::rethrow_exception(this->first_error());
        }
        throw_empty_range();
    }

private:
    Race* prepare(std::size_t) override { return this; }
    void stop_losers(SpawnedTask* winner) noexcept override { this->stop_others(winner); }
    SpawnedTask& racing_task() const noexcept override { return this->parent(); }

    void one_ended(Branch& branch) noexcept override {
        if (this->note(branch)) {
            this->answer_is_of(branch);
            if (!branch.failed()) {
                keep(static_cast<BranchType&>(branch));
            }
        }
        this->note_ended();
    }

    void keep(BranchType& branch) noexcept {
        winner_index_ = branch.index();
        try {
            winner_.emplace(take_storable(branch.result));
        } catch (...) {
            fail(std::current_exception());
        }
    }

    std::optional<Storable<Value>> winner_;
    std::size_t winner_index_ = 0;
};

}  // namespace detail

/// `co_await when_any(a, b, ...)` awaits several things at once and gives the result of the first
/// that succeeds, as a `std::variant` whose `index()` says which one it was (`std::monostate` for
/// one that gives nothing, a `std::reference_wrapper` for a reference).
///
/// The arguments are as for `when_all`, begun one after the other; if one succeeds at once, those
/// behind it are not begun. The others are asked to stop, **and waited for**. If all fail, the
/// first exception is rethrown; exceptions of those that do not win are dropped. What need not wait
/// wins in the order of the arguments; a `sleep_for` always waits, and so never wins against it.
///
/// No data is lost: an awaitable that is given itself (`channel.pop()`, `semaphore.acquire()`,
/// `resource.acquire()`) asks before it takes anything, and what does not win has taken nothing. A
/// task that awaits such a thing is its own master: if it has taken something and does not win, its
/// result is destroyed. So give the awaitables themselves to a race.
///
/// A stop request to the awaiting task is passed on to all, unless the race is decided: it waits
/// for the next await then. The task resumes on its executor, at once if nothing had to wait.
///
/// The commit before the take is an idea of Boost.Cobalt's `race`.
template <detail::Awaitable... Arguments>
    requires(sizeof...(Arguments) != 0 && !detail::is_awaitable_range<Arguments...>)
[[nodiscard]] auto when_any(Arguments&&... arguments) {
    return detail::WhenAnyAwaiter<detail::Kept<Arguments>...>{
        std::in_place, std::forward<Arguments>(arguments)...};
}

/// The same over a range, given as to `when_all`. `std::invalid_argument` if it is empty.
template <detail::AwaitableRange Range>
[[nodiscard]] auto when_any(Range&& range) {
    return detail::RangeAnyAwaiter<Range>{std::forward<Range>(range)};
}

}  // namespace juggle
