#pragma once

#include <juggle/config.hpp>
#include <juggle/detail/base/export.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Whether mistakes are looked for that cost time to notice.
inline constexpr bool has_checks = JUGGLE_CHECKS != 0;

// Every translation unit refers to what only the library has that it was compiled for. So what was
// compiled for the other one is an error of the linker, which prints these names: they are all that
// its reader sees (docs/checks.md). The pointers have a name for each library, since the linker
// keeps one of those that have the same.
#if defined(__ELF__)  // elsewhere a linker has no such mark
#define JUGGLE_DETAIL_KEPT gnu::used, gnu::retain
#else
#define JUGGLE_DETAIL_KEPT gnu::used
#endif
#if JUGGLE_CHECKS
JUGGLE_EXPORT extern const char compiled_with_JUGGLE_CHECKS_so_link_juggle_checked;
[[JUGGLE_DETAIL_KEPT]] inline const char* const needs_juggle_checked =
    &compiled_with_JUGGLE_CHECKS_so_link_juggle_checked;
#else
JUGGLE_EXPORT extern const char compiled_without_JUGGLE_CHECKS_so_link_plain_juggle;
[[JUGGLE_DETAIL_KEPT]] inline const char* const needs_plain_juggle =
    &compiled_without_JUGGLE_CHECKS_so_link_plain_juggle;
#endif
#undef JUGGLE_DETAIL_KEPT

}  // namespace juggle::detail
