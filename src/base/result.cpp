#include <juggle/detail/base/result.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::detail {

void ResultBase::throw_instead_of_value() {
    rethrow_error();
    throw std::logic_error{"juggle: a Task that was to give a value ended without a co_return"};
}

}  // namespace juggle::detail
