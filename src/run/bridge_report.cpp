#include <juggle/bridge/report.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/loop.hpp>

namespace juggle::inline JUGGLE_ABI::bridge {

void report(std::string_view diagnostic) noexcept {
    if (juggle::detail::Loop* loop = juggle::detail::current_loop) {
        loop->report(diagnostic);
    } else {
        juggle::detail::print(diagnostic);
    }
}

}  // namespace juggle::bridge
