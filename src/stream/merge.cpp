#include <juggle/merge.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void check_merge_source(bool is_there, std::size_t index) {
    if (!is_there) {
        throw std::logic_error{
            "juggle: merge: argument 'sources' has an empty generator at index " +
            std::to_string(index)};
    }
}

}  // namespace juggle::detail
