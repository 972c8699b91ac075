#pragma once

#include <juggle/config.hpp>
#include <juggle/detail/base/export.hpp>

namespace juggle::detail {

/// Whether mistakes are looked for that cost time to notice.
inline constexpr bool has_checks = JUGGLE_CHECKS != 0;

// Every translation unit refers to what only the library has that it was compiled for. So what was
// compiled for the other one is an error of the linker, which prints these names: they are all that
// its reader sees (docs/checks.md). The pointers have a name for each library, since the linker
// keeps one of those that have the same.
#if JUGGLE_CHECKS
JUGGLE_EXPORT extern const char compiled_with_JUGGLE_CHECKS_so_link_juggle_checked;
[[gnu::used, gnu::retain]] inline const char* const needs_juggle_checked =
    &compiled_with_JUGGLE_CHECKS_so_link_juggle_checked;
#else
JUGGLE_EXPORT extern const char compiled_without_JUGGLE_CHECKS_so_link_plain_juggle;
[[gnu::used, gnu::retain]] inline const char* const needs_plain_juggle =
    &compiled_without_JUGGLE_CHECKS_so_link_plain_juggle;
#endif

}  // namespace juggle::detail
