#include "pending_event.hpp"

#include <juggle/bridge/report.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>
#include <juggle/opencl/detail/event_monitor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

namespace juggle::inline JUGGLE_ABI::opencl {

namespace detail {

PendingEvent& EventMonitor::watch(cl_event event, SettledListener& listener) {
    if (pending_.size() == pending_.capacity()) {
        pending_.reserve(2 * pending_.size() + 16);
    }
    PendingEvent& entry = PendingEvent::obtain();
    entry.watch(*this, event, listener);
    return entry;
}

void EventMonitor::abandon(PendingEvent& entry) noexcept { entry.abandon(); }

std::optional<TimePoint> EventMonitor::poll() noexcept {
    if (pending_.empty()) {
        return std::nullopt;
    }
    const TimePoint now = executor().now();
    if (now >= next_look_) {
        look_at_due(now);
    }
    return waited_for_ == 0 ? std::nullopt : std::optional{next_look_};
}

void EventMonitor::look_at_due(TimePoint now) noexcept {
    next_look_ = TimePoint::max();
    // Those that are over change places with the last; new ones come behind.
    for (std::size_t index = pending_.size(); index-- > 0;) {
        PendingEvent& entry = *pending_[index];
        if (entry.due() > now || !entry.sweep(now)) {
            next_look_ = std::min(next_look_, entry.due());
        }
    }
}

EventMonitor::~EventMonitor() {
    const auto look_at_all = [this] {
        for (std::size_t index = pending_.size(); index-- > 0;) {
            (void)pending_[index]->look();
        }
    };
    for (PendingEvent* const entry : pending_) {
        entry->flush();
    }
    look_at_all();
    const auto start = std::chrono::steady_clock::now();
    while (!pending_.empty() && std::chrono::steady_clock::now() - start < options_.drain) {
        std::this_thread::sleep_for(std::chrono::microseconds{200});
        look_at_all();
    }
    if (!pending_.empty()) {
        bridge::report(
            "juggle: an executor ends while OpenCL commands whose wait was cancelled "
            "are still running");
    }
    while (!pending_.empty()) {
        pending_.back()->detach();
    }
}

}  // namespace detail

void set_event_options(Executor& executor, const EventOptions& options) {
    const auto check = [](const char* name, std::chrono::nanoseconds value, bool may_be_zero) {
        if (value.count() < 0 || (value.count() == 0 && !may_be_zero)) {
            throw std::invalid_argument{"juggle: set_event_options: " + std::string{name} + " is " +
                                        std::to_string(value.count()) + " ns"};
        }
    };
    check("first_sweep", options.first_sweep, false);
    check("longest_sweep", options.longest_sweep, false);
    check("drain", options.drain, true);
    bridge::service<detail::EventMonitor>(executor).set_options(options);
}

}  // namespace juggle::opencl
