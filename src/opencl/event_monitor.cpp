#include "pending_event.hpp"

#include <juggle/executor.hpp>
#include <juggle/opencl/detail/event_monitor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

namespace juggle::opencl {

namespace detail {

PendingEvent& EventMonitor::watch(cl_event event, SettledListener& listener) {
    PendingEvent& entry = PendingEvent::obtain();
    entry.watch(*this, event, listener);
    return entry;
}

void EventMonitor::abandon(PendingEvent& entry) noexcept { entry.abandon(); }

std::size_t EventMonitor::timers_without_task() const noexcept {
    std::size_t count = 0;
    for (PendingEvent* entry = pending_.first(); entry != nullptr;
         entry = decltype(pending_)::after(*entry)) {
        count += entry->abandoned() ? 1 : 0;
    }
    return count;
}

EventMonitor::~EventMonitor() {
    const auto look_at_all = [this] {
        PendingEvent* entry = pending_.first();
        while (entry != nullptr) {
            PendingEvent* next = decltype(pending_)::after(*entry);
            (void)entry->look();
            entry = next;
        }
    };
    for (PendingEvent* entry = pending_.first(); entry != nullptr;
         entry = decltype(pending_)::after(*entry)) {
        entry->flush();
    }
    look_at_all();
    const auto start = std::chrono::steady_clock::now();
    while (!pending_.empty() && std::chrono::steady_clock::now() - start < options_.drain) {
        std::this_thread::sleep_for(std::chrono::microseconds{200});
        look_at_all();
    }
    if (!pending_.empty()) {
        loop_.report(
            "juggle: an executor ends while OpenCL commands whose wait was cancelled "
            "are still running");
    }
    while (!pending_.empty()) {
        pending_.first()->detach();
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
    juggle::detail::LoopAccess::of(executor).service<detail::EventMonitor>().set_options(options);
}

}  // namespace juggle::opencl
