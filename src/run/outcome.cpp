#include <juggle/outcome.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_no_failure() {
    throw std::invalid_argument{"juggle: Outcome::failure: argument 'error' is null"};
}

}  // namespace juggle::detail
