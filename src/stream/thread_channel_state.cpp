#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/stream/thread_channel_state.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

void describe_thread_pop(WaitReport& report) {
    report.what = "an element that another thread pushes into a thread channel";
}

}  // namespace juggle::detail
