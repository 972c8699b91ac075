#include <juggle/detail/misuse.hpp>

#include <cstdio>
#include <cstdlib>

namespace juggle::detail {

void misuse(std::string_view what) noexcept {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

}  // namespace juggle::detail
