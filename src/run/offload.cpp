#include <juggle/detail/run/wait_report.hpp>
#include <juggle/observer.hpp>
#include <juggle/offload.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

void describe_offload(WaitReport& report) { report.what = "offloaded work"; }

void OffloadTimes::record(const SpawnedTask& task) const noexcept {
    if (recorded && current_observer != nullptr) [[unlikely]] {
        current_observer->offload_ended(*this, task);
    }
}

}  // namespace juggle::detail
