#pragma once

#include <string>
#include <vector>

namespace model {

struct Site {
    std::string place;  ///< file:line, relative to the repository
    bool of_library = false;
};

/// Where in the sources the code at an address comes from: the innermost line that is not the
/// standard library's.
[[nodiscard]] const Site& site_of(const void* address);

/// The same for many at once, which is much faster.
void find_sites(const std::vector<const void*>& addresses);

}  // namespace model
