#pragma once

#include <juggle/config.hpp>

#include <bit>
#include <source_location>

// A place in the source as a default argument of a coroutine's `await_transform`. It is what a
// `std::source_location` holds, since GCC 12 keeps two copies of each argument that is an object in
// the coroutine's frame, and writes them at each await; of a pointer it keeps none.
//
// JUGGLE_DETAIL_HERE is the argument.
#if defined(__has_builtin)
#if __has_builtin(__builtin_source_location)
#define JUGGLE_DETAIL_HERE __builtin_source_location()
#endif
#endif

namespace juggle::inline JUGGLE_ABI::detail {

#if defined(JUGGLE_DETAIL_HERE)
using CallSite = const void*;
static_assert(sizeof(CallSite) == sizeof(std::source_location));
[[nodiscard]] inline std::source_location location_of(CallSite where) noexcept {
    return std::bit_cast<std::source_location>(where);
}
#else
#define JUGGLE_DETAIL_HERE std::source_location::current()
using CallSite = std::source_location;
[[nodiscard]] inline std::source_location location_of(CallSite where) noexcept { return where; }
#endif

}  // namespace juggle::detail
