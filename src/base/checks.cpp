#include <juggle/detail/base/checks.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

#if JUGGLE_CHECKS
const char compiled_with_JUGGLE_CHECKS_so_link_juggle_checked = 1;
#else
const char compiled_without_JUGGLE_CHECKS_so_link_plain_juggle = 1;
#endif

}  // namespace juggle::detail
