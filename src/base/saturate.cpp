#include <juggle/detail/base/saturate.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_not_a_duration() {
    throw std::invalid_argument{"juggle: a duration is not a number (NaN)"};
}

}  // namespace juggle::detail
