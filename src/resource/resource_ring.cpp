#include <juggle/detail/base/report.hpp>
#include <juggle/resource_ring.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_empty_ring(const char* what) {
    throw std::invalid_argument{"juggle: ResourceRing: " + std::string{what}};
}

void throw_no_slot(std::size_t index, std::size_t size) {
    throw std::out_of_range{"juggle: ResourceRing: argument 'index' is " + std::to_string(index) +
                            ", of " + counted(size, "slot")};
}

std::string slot_name(const std::string& ring, std::size_t index) {
    return ring + "[" + std::to_string(index) + "]";
}

}  // namespace juggle::detail
