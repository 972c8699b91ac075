#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/stream/merge_state.hpp>

#include <cstddef>

namespace juggle::inline JUGGLE_ABI::detail {

void MergeState::describe_sources(WaitReport& report) const {
    std::size_t begun = 0;
    for (const MergeSlot* slot = first_source_; slot != nullptr; slot = slot->next_source) {
        if (slot->task != 0) {
            report.add(slot->task, "brings what one of them has");
            ++begun;
        }
    }
    report.open = begun != running_;
}

void TakenAwaiter::describe_wait(WaitReport& report) const {
    report.what = "somebody to take its element from a merged generator";
}

void ArrivalAwaiter::describe_wait(WaitReport& report) const {
    report.what = "an element of any source of a merged generator";
    report.any = true;
    state_.describe_sources(report);
}

void AllEndedAwaiter::describe_wait(WaitReport& report) const {
    report.what = "the end of all sources of a merged generator";
    state_.describe_sources(report);
}

}  // namespace juggle::detail
