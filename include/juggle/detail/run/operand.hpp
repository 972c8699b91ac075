#pragma once

#include <juggle/detail/run/await_transform.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/task.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

template <class T>
inline constexpr bool is_join_handle = false;
template <class T>
inline constexpr bool is_join_handle<JoinHandle<T>> = true;

/// How an argument that is to be awaited is kept meanwhile: an lvalue by reference, an rvalue by
/// value. Awaiters cannot be moved; those are referred to, and live until the end of the
/// expression.
template <class T>
using Kept = std::conditional_t<std::is_lvalue_reference_v<T>, T,
                                std::conditional_t<std::move_constructible<std::remove_cvref_t<T>>,
                                                   std::remove_cvref_t<T>, T&&>>;

/// What a kept argument gives.
template <class KeptType>
struct KeptResult {
    using type = AwaitResult<KeptType>;
};
template <class KeptType>
    requires std::is_rvalue_reference_v<AwaitResult<KeptType>>
struct KeptResult<KeptType> {
    using type = std::remove_cvref_t<AwaitResult<KeptType>>;
};
template <class KeptType>
using KeptResultOf = typename KeptResult<KeptType>::type;

/// Waits for a spawned task as long as it takes: a stop request is passed on to it.
class EndOrStopAwaiter final : public EndAwaiter {
public:
    explicit EndOrStopAwaiter(SpawnedTask& task) noexcept : EndAwaiter{task} {}

    /// A request that the task has not noticed is for the next await.
    void await_resume() const noexcept {
        if (passed_on_ && awaited().stop_pending()) {
            coroutine().task().put_stop_back();
        }
    }

    /// As its base, but a request that is pending already is passed on too.
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        if (EndAwaiter::await_suspend(coroutine)) {
            return true;
        }
        on_cancel();
        (void)suspend(coroutine.promise());
        listen();
        return true;
    }

private:
    /// Not if all tasks are being asked to stop, and that one was already: it may be cleaning up.
    void on_cancel() noexcept override {
        passed_on_ = true;
        if (!awaited().asked_with_all()) {
            awaited().request_stop();
        }
    }

    bool passed_on_ = false;
};

/// A handle that was given away stands for its task: that is asked to stop, and waited for.
template <class T>
Task<T> await_whole_task(JoinHandle<T>& handle) {
    SpawnedTaskOf<T>* task = JoinAccess::task(handle);
    if (task != nullptr && !task->ended()) {
        co_await EndOrStopAwaiter{*task};
    }
    co_return co_await handle;
}

/// A waiter whose await does nothing but throw when it was cancelled.
template <class T>
concept QuietWaiter = requires { requires T::only_throws_when_cancelled; };

/// The waiter in which a coroutine is suspended that awaits this.
template <class T>
auto& waiter_of(T& awaiter) noexcept {
    if constexpr (requires { awaiter.waiter(); }) {
        return awaiter.waiter();
    } else {
        return awaiter;
    }
}
template <class A>
auto& waiter_of(AwaiterReference<A>& reference) noexcept {
    return waiter_of(reference.awaiter());
}

/// All that a task does is to await `T`: if the wait is cancelled, the task ends without an
/// exception being thrown inside of it.
template <class T>
class OnlyAwaiter final : public Awaiter {
public:
    explicit OnlyAwaiter(std::remove_reference_t<T>& awaited)
        : awaiter_(home_awaiter_of(static_cast<T&&>(awaited))) {}

    [[nodiscard]] bool await_ready() { return awaiter_.await_ready(); }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        if (!awaiter_.await_suspend(coroutine)) {
            return false;
        }
        coroutine.promise().end_if_cancelled(waiter_of(awaiter_));
        return true;
    }

    decltype(auto) await_resume() { return awaiter_.await_resume(); }

private:
    HomeAwaiterOf<T> awaiter_;
};

template <class KeptType>
Task<KeptResultOf<KeptType>> await_kept(std::remove_reference_t<KeptType>& kept) {
    using Waiting =
        decltype(waiter_of(std::declval<std::remove_reference_t<HomeAwaiterOf<KeptType>>&>()));
    if constexpr (QuietWaiter<std::remove_cvref_t<Waiting>>) {
        OnlyAwaiter<KeptType> awaiter{kept};
        co_return co_await awaiter;
    } else {
        co_return co_await static_cast<KeptType&&>(kept);
    }
}

/// A task that awaits what is kept, which must outlive it.
template <class KeptType>
[[nodiscard]] auto task_of(std::remove_reference_t<KeptType>& kept, const char* function) {
    using Value = std::remove_cvref_t<KeptType>;
    if constexpr (is_task<Value>) {
        static_assert(!std::is_reference_v<KeptType>,
                      "a task can be awaited once only: pass it as an rvalue, std::move(task)");
        if (!kept) {
            throw_empty_argument(function);
        }
        TaskAccess::excuse(kept);
        return std::move(kept);
    } else if constexpr (is_join_handle<Value> && !std::is_reference_v<KeptType>) {
        auto task = await_whole_task(kept);
        TaskAccess::excuse(task);
        return task;
    } else {
        auto task = await_kept<KeptType>(kept);
        TaskAccess::excuse(task);
        return task;
    }
}

/// What `Task` a kept argument becomes.
template <class KeptType>
using TaskOf = decltype(task_of<KeptType>(
    std::declval<std::add_lvalue_reference_t<std::remove_reference_t<KeptType>>>(), nullptr));
template <class KeptType>
using ValueOf = typename TaskOf<KeptType>::value_type;

/// An awaiter that says so itself.
template <class T>
concept SaysWhetherItJoinsRaces = requires {
    { T::joins_races } -> std::convertible_to<bool>;
};

/// Whether an argument takes part in races for what it waits for. Tasks do not: what they take on
/// their way is theirs. Nor do device events, of which there is enough for all.
template <class KeptType>
inline constexpr bool takes_directly =
    !is_task<std::remove_cvref_t<KeptType>> && !TreatedAsEvent<std::remove_cvref_t<KeptType>> &&
    !DeviceEvent<std::remove_cvref_t<KeptType>>;
template <class KeptType>
    requires SaysWhetherItJoinsRaces<std::remove_cvref_t<KeptType>>
inline constexpr bool takes_directly<KeptType> = std::remove_cvref_t<KeptType>::joins_races;

template <class... KeptTypes>  // NOLINTNEXTLINE(misc-redundant-expression): the linter's mistake
inline constexpr bool any_temporary = (std::is_rvalue_reference_v<KeptTypes> || ...);

}  // namespace juggle::detail
