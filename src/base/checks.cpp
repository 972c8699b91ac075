#include <juggle/detail/base/checks.hpp>

namespace juggle::detail {

#if JUGGLE_CHECKS
const char library_built_with_checks = 1;
#else
const char library_built_without_checks = 1;
#endif

}  // namespace juggle::detail
