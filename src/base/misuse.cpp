#include <juggle/deadlock.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/loop.hpp>

#include <cstdio>
#include <cstdlib>

namespace juggle::detail {

void misuse(std::string_view what) noexcept {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    const Loop* loop = current_loop;
    if (loop != nullptr && loop->ends_by() != nullptr) {
        // It would be lost, and is why that was destroyed.
        std::fprintf(stderr, "while tasks are asked to stop after this:\n%s\n",
                     loop->ends_by()->what());
    }
    std::abort();
}

}  // namespace juggle::detail
