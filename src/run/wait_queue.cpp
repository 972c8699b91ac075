#include <juggle/detail/run/wait_queue.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <string>

namespace juggle::detail {

void WaitQueue::describe(const WaitQueueAwaiter&, WaitReport& report) const {
    report.what = what_ + std::string{" "} + label_.text();
}

}  // namespace juggle::detail
