#pragma once

#include <juggle/detail/stream/generator_promise.hpp>

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
struct GeneratorAccess;
}

/// A coroutine that gives many values, one each time it is asked, and may wait in between:
///
///     while (auto chunk = co_await chunks.next()) {
///         use(*chunk);
///     }
///
/// Its body may `co_yield` elements, `co_yield elements_of(another)`, and `co_await` whatever a
/// task may. It runs only while a task awaits `next()`, as a part of the awaiting task: with its
/// executor, its stop requests, on top of its stack. A body that does not suspend gives its element
/// without any suspension of the consumer. Nothing is computed ahead: see `merge` for that, or
/// spawn a task that fills a channel.
///
/// The elements are objects (`Generator<T>`, of any `T` that can be moved) or references
/// (`Generator<T&>`, `Generator<const T&>`).
///
/// Destroying a generator destroys its body where it stands, with its variables; one that has not
/// been asked yet has run nothing. No task may wait in `next()` then: a library with checks aborts.
///
/// For one thread: that of the executor whose tasks call `next()`.
///
/// After `std::generator` of C++23 and the asynchronous generators of Python (PEP 525).
template <class T>
class [[nodiscard("a generator does nothing until it is asked for elements")]] Generator {
    static_assert(std::is_lvalue_reference_v<T> ||
                      (std::same_as<T, std::remove_cv_t<T>> && std::move_constructible<T>),
                  "elements are movable objects or lvalue references");

public:
    using promise_type = detail::GeneratorPromise<T>;
    using value_type = std::remove_cvref_t<T>;
    /// `std::optional<T>`; a pointer, if the elements are references.
    using item_type = detail::GeneratorItem<T>;

    /// Empty: has no body.
    Generator() = default;
    Generator(std::coroutine_handle<promise_type> frame) noexcept : owned_{&frame.promise()} {}

    void swap(Generator& other) noexcept { owned_.swap(other.owned_); }

    /// `co_await next()` lets the body go on, and gives its next element: an `std::optional<T>`
    /// that is empty when the body has ended; for `Generator<T&>` a `T*` that is null then, and
    /// otherwise valid until the body goes on. The element is moved out of the body.
    ///
    /// An exception that ends the body is thrown by the `next()` that let it go on; the later ones
    /// give the end. A stop request throws `Cancelled` inside the body, where it waits, so it ends
    /// the body like any other exception unless that catches it.
    ///
    /// The calls may come from different tasks of one executor, but one after the other.
    /// `std::logic_error`, with the generator as it was, if it is empty (thrown by the call), or if
    /// another `next()` is pending (thrown by the `co_await`).
    [[nodiscard]] detail::NextAwaiter<T> next() {
        if (owned_.get() == nullptr) [[unlikely]] {
            detail::throw_empty_generator("Generator::next");
        }
        return detail::NextAwaiter<T>{*owned_.get()};
    }

    /// False when default-constructed or moved from.
    explicit operator bool() const noexcept { return owned_.get() != nullptr; }

private:
    friend detail::GeneratorAccess;

    detail::GeneratorOwner owned_{nullptr};
};

namespace detail {

/// How the library takes the coroutine out of a generator.
struct GeneratorAccess {
    template <class T>
    [[nodiscard]] static GeneratorPromiseBase& promise(const Generator<T>& generator) noexcept {
        return *generator.owned_.get();
    }
    template <class T>
    [[nodiscard]] static GeneratorOwner release(Generator<T>& generator) noexcept {
        return std::move(generator.owned_);
    }
};

}  // namespace detail

}  // namespace juggle
