#include <juggle/detail/combine/range_branches.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_no_window() {
    throw std::invalid_argument{"juggle: when_all_windowed: argument 'max_running' is 0"};
}

void throw_empty_range() {
    throw std::invalid_argument{"juggle: when_any: argument 'range' is empty"};
}

}  // namespace juggle::detail
