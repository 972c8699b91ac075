#include <juggle/detail/wait_report.hpp>
#include <juggle/offload.hpp>

namespace juggle::detail {

void describe_offload(const Waiter&, WaitReport& report) { report.what = "offloaded work"; }

void OffloadTimes::record(const SpawnedTask& task) const noexcept {
    if (!recorded || current_recorder == nullptr) [[likely]] {
        return;
    }
    const auto nanoseconds = [](TimePoint time) noexcept {
        return std::chrono::nanoseconds{time.time_since_epoch()}.count();
    };
    current_recorder->offloaded(thread_, nanoseconds(begin_), nanoseconds(end_), task.id().number,
                                task.chunk);
}

}  // namespace juggle::detail
