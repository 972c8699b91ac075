#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/stream/channel_to_thread_state.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

void describe_thread_push(WaitReport& report, std::size_t capacity) {
    report.what = "room that another thread makes in a channel to threads (" +
                  counted(capacity, "element") + ", full)";
}

}  // namespace juggle::detail
