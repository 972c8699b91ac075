#pragma once

#include <juggle/config.hpp>

namespace juggle::detail {

/// Whether mistakes are looked for that cost time to notice.
inline constexpr bool has_checks = JUGGLE_CHECKS != 0;

// Every translation unit refers to what only the library has that it was compiled for. So what was
// compiled for the other one is an error of the linker, with these names in it.
#if JUGGLE_CHECKS
extern const char library_built_with_checks;
[[gnu::used, gnu::retain]] inline const char* const needs_library_built_with_checks =
    &library_built_with_checks;
#else
extern const char library_built_without_checks;
[[gnu::used, gnu::retain]] inline const char* const needs_library_built_without_checks =
    &library_built_without_checks;
#endif

}  // namespace juggle::detail
