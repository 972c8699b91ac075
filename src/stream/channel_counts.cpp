#include <juggle/channel_closed.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/stream/channel_counts.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_channel_too_large(std::size_t capacity) {
    throw std::invalid_argument{"juggle: Channel: argument 'capacity' is " +
                                std::to_string(capacity) + ", more than memory can hold"};
}

void throw_no_task_to_be_done() {
    throw std::logic_error{
        "juggle: Channel::task_done: called more often than elements were pushed"};
}

void ChannelCounts::throw_closed() const { throw ChannelClosed{label_.text()}; }

void ChannelCounts::wrong_thread(const char* function) const noexcept {
    misuse_from_thread(function, "channel", label_);
}

void ChannelCounts::tell_size() const noexcept {
    current_observer->level_changed(label_, size(), capacity_);
    current_observer->served(label_, taken_out_);
}

std::string ChannelCounts::text() const {
    return "channel " + label_.text() + " (" + std::to_string(size()) + " of " +
           counted(capacity_, "element") + ")";
}

void ChannelCounts::describe_push(WaitReport& report) const { report.what = "room in " + text(); }

void ChannelCounts::describe_pop(WaitReport& report) const {
    report.what = "an element of " + text();
}

void ChannelCounts::describe(const ChannelJoinAwaiter&, WaitReport& report) const {
    report.what = counted(unfinished(), "call") + " of task_done for " + text();
}

}  // namespace juggle::detail
