#include <juggle/bridge/report.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/loop.hpp>

namespace juggle::bridge {

void report(std::string_view diagnostic) noexcept {
    if (detail::Loop* loop = detail::current_loop) {
        loop->report(diagnostic);
    } else {
        detail::print(diagnostic);
    }
}

}  // namespace juggle::bridge
