#include <juggle/detail/run/wait_line.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <string>

namespace juggle::detail {

void WaitLine::describe(const WaitLineAwaiter&, WaitReport& report) const {
    report.what = what_ + std::string{" "} + label_.text();
}

}  // namespace juggle::detail
