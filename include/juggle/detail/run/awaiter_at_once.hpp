#pragma once

#include <juggle/detail/run/waiter.hpp>

#include <coroutine>
#include <memory>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// Base of an awaiter of something that is there at once most of the time. Its `await_ready` takes
/// that; what it is to be without waiting is the pointer to where it comes from. `Wait`, the waiter
/// that can suspend, does all if it is not there; it is not even made before.
///
/// A compiler sees through the former, and keeps little of it in the coroutine's frame.
template <class SomeSource, class Wait>
class AwaiterAtOnce : public Awaiter {
public:
    using Source = SomeSource;
    static constexpr bool only_throws_when_cancelled = true;

    /// Precondition: it was not there at once.
    [[nodiscard]] Wait& waiter() noexcept { return wait_; }

protected:
    explicit AwaiterAtOnce(Source& source) noexcept : source_{&source} {}
    ~AwaiterAtOnce() {
        if (source_ == nullptr) [[unlikely]] {
            std::destroy_at(&wait_);
        }
    }

    /// Where it comes from; null: ask the waiter.
    [[nodiscard]] Source* source() const noexcept { return source_; }

    /// What `await_suspend` is to do. The waiter is made of the source and these.
    template <LibraryPromise Promise, class... Arguments>
    [[nodiscard, gnu::noinline]] bool wait(std::coroutine_handle<Promise> coroutine,
                                           Arguments... arguments) {
        if (source_ != nullptr) {  // it may be awaited again
            std::construct_at(&wait_, *std::exchange(source_, nullptr), arguments...);
        }
        return !wait_.await_ready() && wait_.await_suspend(coroutine);
    }

    /// What `await_resume` is to do then; out of the way as well.
    [[gnu::noinline]] decltype(auto) end_wait() { return wait_.await_resume(); }

private:
    Source* source_;
    union {
        Wait wait_;
    };
};

/// To be awaited: the awaiter is made where that is done. GCC, which would keep a reference to one
/// that is made before, has less to do.
template <class SomeAwaiter>
class WaitFor {
public:
    explicit WaitFor(typename SomeAwaiter::Source& source) noexcept : source_{source} {}

    [[nodiscard]] SomeAwaiter operator co_await() const noexcept { return SomeAwaiter{source_}; }

private:
    typename SomeAwaiter::Source& source_;
};

}  // namespace juggle::detail
