#include <juggle/detail/run/wait_report.hpp>
#include <juggle/sleep.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

void SleepAwaiter::describe_wait(WaitReport& report) const { report.what = "a time to come"; }

}  // namespace juggle::detail
