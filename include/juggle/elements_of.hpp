#pragma once

#include <juggle/generator.hpp>

#include <source_location>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// All elements of a generator, to be yielded by another: what `elements_of` makes.
template <class T>
class [[nodiscard("co_yield it in a generator of the same elements")]] ElementsOf {
public:
    explicit ElementsOf(Generator<T> generator) noexcept : generator_{std::move(generator)} {}

private:
    friend detail::GeneratorPromise<T>;

    Generator<T> generator_;
};

/// `co_yield elements_of(inner)` yields all elements that another generator of the same type still
/// has, then goes on. An element costs the same at any depth of nesting, and no depth needs more
/// of the native stack, neither for running nor for destroying the generators: made for walking
/// trees by recursion.
///
/// An exception that ends `inner` is thrown by the `co_yield`. `inner` is destroyed when that is
/// over, or with the generator that yields its elements. `std::logic_error` from the `co_yield` if
/// `inner` is empty, or if somebody waits in its `next()`.
///
/// After `std::ranges::elements_of` of C++23.
template <class T>
[[nodiscard]] ElementsOf<T> elements_of(Generator<T> inner) noexcept {
    return ElementsOf<T>{std::move(inner)};
}

namespace detail {

template <class T>
[[nodiscard]] GeneratorOwner take_inner(Generator<T>& generator) {
    if (!generator) [[unlikely]] {
        throw_empty_generator("elements_of");
    }
    if (GeneratorAccess::promise(generator).pending()) [[unlikely]] {
        throw_pending_generator("elements_of");
    }
    return GeneratorAccess::release(generator);
}

template <class T>
ElementsAwaiter GeneratorPromise<T>::yield_value(ElementsOf<T>&& elements,
                                                 std::source_location where) {
    awaits_at(where);
    return ElementsAwaiter{take_inner(elements.generator_)};
}

template <class T>
ElementsAwaiter GeneratorPromise<T&>::yield_value(ElementsOf<T&>&& elements,
                                                  std::source_location where) {
    awaits_at(where);
    return ElementsAwaiter{take_inner(elements.generator_)};
}

}  // namespace detail

}  // namespace juggle
