#include <juggle/detail/base/misuse.hpp>

#include <cstdio>
#include <cstdlib>

namespace juggle::detail {

void misuse(std::string_view what) noexcept {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    if (stopping_after != nullptr) {
        std::fprintf(stderr, "while tasks are asked to stop after this:\n%s\n", stopping_after);
    }
    std::abort();
}

}  // namespace juggle::detail
