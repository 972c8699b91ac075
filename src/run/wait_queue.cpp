#include <juggle/detail/run/wait_queue.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void WaitQueue::describe(const WaitQueueAwaiter&, WaitReport& report) const {
    report.what = owner_.kind + std::string{" "} + label_.text();
}

void WaitQueue::wrong_thread(const char* function) const noexcept {
    misuse_from_thread(function, owner_.kind, label_);
}

}  // namespace juggle::detail
