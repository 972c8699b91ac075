#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/timeline/recorder.hpp>
#include <juggle/offload.hpp>

namespace juggle::detail {

void describe_offload(const Waiter&, WaitReport& report) { report.what = "offloaded work"; }

void OffloadTimes::record(const SpawnedTask& task) const noexcept {
    if (recorded && current_recorder != nullptr) [[unlikely]] {
        current_recorder->offloaded(*this, task);
    }
}

}  // namespace juggle::detail
