#pragma once

#include <juggle/detail/run/operand.hpp>
#include <juggle/outcome.hpp>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

template <class KeptType>
class OutcomeAwaiter final : public Awaiter {
public:
    using Value = ValueOf<KeptType>;
    static constexpr bool made_of_temporaries = any_temporary<KeptType>;
    static constexpr bool joins_races = takes_directly<KeptType>;

    template <class Argument>
    explicit OutcomeAwaiter(std::in_place_t, Argument&& argument)
        : kept_(std::forward<Argument>(argument)), child_{task_of<KeptType>(kept_, "as_outcome")} {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> parent) {
        if (task_ != nullptr) [[unlikely]] {
            throw_awaited_twice("as_outcome");
        }
        task_ = &parent.promise().task();
        stops_before_ = task_->stops_taken();
        return !child_.begin_below(parent.promise());
    }

    Outcome<Value> await_resume() {
        try {
            if constexpr (std::is_void_v<Value>) {
                child_.take();
                return Outcome<Value>::success();
            } else {
                return Outcome<Value>::success(child_.take());
            }
        } catch (const Cancelled&) {
            if (task_->stops_taken() != stops_before_) {
                throw;
            }
            return Outcome<Value>::failure(std::current_exception());
        } catch (...) {
            return Outcome<Value>::failure(std::current_exception());
        }
    }

private:
    KeptType kept_;
    Child<Value> child_;
    SpawnedTask* task_ = nullptr;
    std::uint32_t stops_before_ = 0;
};

}  // namespace detail

/// `co_await as_outcome(x)` awaits `x` and gives how it ended, as an `Outcome`, instead of
/// throwing. `x` is a task (an rvalue) or anything else that can be awaited.
///
/// `Cancelled` is part of the outcome only if `x` ended so by itself, such as a joined task that
/// somebody else has stopped. If the awaiting task was asked to stop meanwhile `Cancelled` is
/// thrown as by any other await, so that no stop request is lost.
///
/// `x` runs as a part of the awaiting task, as if it were awaited directly.
template <detail::Awaitable Argument>
[[nodiscard]] auto as_outcome(Argument&& argument) {
    return detail::OutcomeAwaiter<detail::Kept<Argument>>{std::in_place,
                                                          std::forward<Argument>(argument)};
}

}  // namespace juggle
