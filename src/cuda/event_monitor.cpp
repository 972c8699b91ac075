#include "pending_wait.hpp"

#include <juggle/bridge/report.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

namespace juggle::inline JUGGLE_ABI::cuda {

namespace detail {

PendingWait& EventMonitor::watch(EventRecord& record, SettledListener& listener) {
    if (pending_.size() == pending_.capacity()) {
        pending_.reserve(2 * pending_.size() + 16);
    }
    PendingWait& entry = PendingWait::obtain();
    entry.watch(*this, record, listener);
    return entry;
}

void EventMonitor::abandon(PendingWait& entry) noexcept { entry.abandon(); }

std::optional<TimePoint> EventMonitor::poll() noexcept {
    if (pending_.empty()) {
        return std::nullopt;
    }
    const TimePoint now = executor().now();
    if (now >= next_look_) {
        look_at_due(now);
    } else if (options_.wake != Wake::host_function) {
        look_at_some();
    }
    return waited_for_ == 0 ? std::nullopt : std::optional{next_look_};
}

void EventMonitor::look_at_due(TimePoint now) noexcept {
    next_look_ = TimePoint::max();
    // Those that are over change places with the last; new ones come behind.
    for (std::size_t index = pending_.size(); index-- > 0;) {
        PendingWait& entry = *pending_[index];
        if (entry.due() > now || !entry.sweep(now)) {
            next_look_ = std::min(next_look_, entry.due());
        }
    }
}

void EventMonitor::look_at_some() noexcept {
    constexpr std::size_t looks_a_turn = 4;
    for (std::size_t left = std::min(looks_a_turn, pending_.size()); left != 0 && !pending_.empty();
         --left) {
        next_ = next_ >= pending_.size() ? 0 : next_;
        if (!pending_[next_]->look()) {
            ++next_;
        }
    }
}

void EventMonitor::hurry() noexcept {
    if (next_look_ == TimePoint::min()) {
        return;
    }
    next_look_ = TimePoint::min();
    for (PendingWait* const entry : pending_) {
        entry->set_due(TimePoint::min());
    }
}

EventMonitor::~EventMonitor() {
    const auto look_at_all = [this] {
        for (std::size_t index = pending_.size(); index-- > 0;) {
            (void)pending_[index]->look();
        }
    };
    look_at_all();
    const auto start = std::chrono::steady_clock::now();
    while (!pending_.empty() && std::chrono::steady_clock::now() - start < options_.drain) {
        std::this_thread::sleep_for(std::chrono::microseconds{200});
        look_at_all();
    }
    if (!pending_.empty()) {
        bridge::report(
            "juggle: an executor ends while work in CUDA streams whose wait was cancelled is still "
            "running");
    }
    while (!pending_.empty()) {
        pending_.back()->detach();
    }
}

}  // namespace detail

void set_event_options(Executor& executor, const EventOptions& options) {
    const auto refuse = [](const char* name, const std::string& value) {
        throw std::invalid_argument{"juggle: cuda::set_event_options: argument 'options." +
                                    std::string{name} + "' is " + value};
    };
    const auto check = [&refuse](const char* name, Duration value, bool may_be_zero) {
        if (value.count() < 0 || (value.count() == 0 && !may_be_zero)) {
            refuse(name, std::to_string(value.count()) + " ns");
        }
    };
    if (options.wake > Wake::both) {
        refuse("wake", std::to_string(static_cast<unsigned>(options.wake)));
    }
    check("poll_interval", options.poll_interval, false);
    check("first_sweep", options.first_sweep, false);
    check("longest_sweep", options.longest_sweep, false);
    check("drain", options.drain, true);
    bridge::service<detail::EventMonitor>(executor).set_options(options);
}

}  // namespace juggle::cuda
