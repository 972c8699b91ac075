#pragma once

#include <juggle/detail/base/call_site.hpp>
#include <juggle/detail/run/foreign_awaiter.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/event_traits.hpp>

#include <concepts>
#include <coroutine>
#include <span>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

template <class T>
concept LibraryAwaiter = std::derived_from<std::remove_cvref_t<T>, Awaiter>;

/// Awaits an awaiter that lives elsewhere until the end of the `co_await` expression. GCC 12 copies
/// an operand that is a reference into the frame, and awaiters must stay where they are.
template <LibraryAwaiter A>
class AwaiterReference {
public:
    explicit AwaiterReference(A& awaiter) noexcept : awaiter_{awaiter} {}

    [[nodiscard]] bool await_ready() noexcept(noexcept(std::declval<A&>().await_ready())) {
        return awaiter_.await_ready();
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept(
        noexcept(std::declval<A&>().await_suspend(coroutine))) {
        return awaiter_.await_suspend(coroutine);
    }
    decltype(auto) await_resume() { return awaiter_.await_resume(); }

    [[nodiscard]] A& awaiter() const noexcept { return awaiter_; }

private:
    A& awaiter_;
};

/// An awaiter that refers to others which live until the end of the expression only.
template <class T>
concept MadeOfTemporaries = requires { requires T::made_of_temporaries; };

template <class T>
concept TreatedAsEvent = requires { typename EventTraits<T>::treated_as; };

/// There is a specialisation.
template <class T>
concept HasEventTraits = requires { sizeof(EventTraits<T>); };

/// Of another library: it resumes whatever coroutine awaits it.
template <class T>
concept ForeignAwaitable = requires(AwaiterOf<T>&& awaiter) {
    awaiter.await_ready();
    awaiter.await_suspend(std::coroutine_handle<Trampoline::promise_type>{});
    awaiter.await_resume();
};

/// What a coroutine of the library can `co_await`.
template <class T>
concept AwaitableAsIs =
    TreatedAsEvent<std::remove_cvref_t<T>> || DeviceEvent<std::remove_cvref_t<T>> ||
    LibraryAwaiter<AwaiterOf<T>> || ForeignAwaitable<T>;

/// Also what it could as an rvalue only, for a better message.
template <class T>
concept Awaitable = AwaitableAsIs<T> || AwaitableAsIs<std::remove_cvref_t<T>>;

/// Turns the operand of a `co_await` into an awaiter that resumes on the task's executor: the
/// library's own ones do so already, device events through their traits, all others through a
/// trampoline.
template <class T>
decltype(auto) home_awaiter_of(T&& value) {
    using Value = std::remove_cvref_t<T>;
    if constexpr (TreatedAsEvent<Value>) {
        return home_awaiter_of(static_cast<const typename EventTraits<Value>::treated_as&>(value));
    } else if constexpr (DeviceEvent<Value>) {
        const auto wait = [&value] {
            return EventTraits<Value>::wait(std::span<const Value>{&value, 1});
        };
        using Wait = std::invoke_result_t<decltype(wait)>;
        if constexpr (LibraryAwaiter<Wait>) {
            return wait();
        } else if constexpr (LibraryAwaiter<AwaiterOf<Wait>>) {
            return awaiter_of(wait());
        } else {
            return ForeignAwaiter<Wait>{wait};
        }
    } else if constexpr (LibraryAwaiter<AwaiterOf<T>>) {
        if constexpr (std::is_reference_v<AwaiterOf<T>>) {
            static_assert(std::is_rvalue_reference_v<T&&> || !MadeOfTemporaries<Value>,
                          "this refers to temporaries: await it in the expression that made it");
            return AwaiterReference<std::remove_reference_t<T>>{value};
        } else {
            return awaiter_of(std::forward<T>(value));
        }
    } else {
        static_assert(!HasMemberCoAwait<Value> || HasMemberCoAwait<T>,
                      "this can be awaited once only, as an rvalue: co_await std::move(...)");
        return ForeignAwaiter<T&&>{[&value]() -> T&& { return std::forward<T>(value); }};
    }
}

template <class T>
using HomeAwaiterOf = decltype(home_awaiter_of(std::declval<T>()));

/// For a `co_await` that is an error: whatever is made of its result is none besides.
struct NoAwaiter : std::suspend_never {
    struct Anything {
        template <class T>
        operator T() const;
    };
    [[nodiscard]] Anything await_resume() const noexcept;
};

/// What a promise of the library adds to a base of all promises: what its coroutine can await.
/// Where it cannot, the first line that a compiler names is the user's, as it is not for a
/// static_assert.
template <class Base>
class Awaiting : public Base {
public:
    using Base::Base;

    template <AwaitableAsIs T>
    decltype(auto) await_transform(T&& value, CallSite where = JUGGLE_DETAIL_HERE) {
        this->awaits_at(location_of(where));
        return home_awaiter_of(std::forward<T>(value));
    }

    template <class T>
        requires(Awaitable<T> && !AwaitableAsIs<T>)
    NoAwaiter await_transform(T&& value)
        __attribute__((unavailable("this can be awaited once only, as an rvalue that is not const: "
                                   "co_await std::move(...)")));

    template <class T>
        requires(!Awaitable<T> && HasEventTraits<std::remove_cvref_t<T>>)
    NoAwaiter await_transform(T&& value) __attribute__((
        unavailable("the juggle::EventTraits of this lack status, wait or wait_on_host, or one of "
                    "them is not as juggle::DeviceEvent wants it")));

    template <class T>
        requires(!Awaitable<T> && !HasEventTraits<std::remove_cvref_t<T>>)
    NoAwaiter await_transform(T&& value) __attribute__((unavailable(
        "a juggle coroutine cannot await this: it is no awaitable, or only coroutines of its own "
        "library can await it")));

protected:
    ~Awaiting() = default;
};

/// The type of `co_await std::forward<T>(value)` in a task.
template <class T>
using AwaitResult =
    decltype(std::declval<std::remove_reference_t<HomeAwaiterOf<T>>&>().await_resume());

}  // namespace juggle::detail
