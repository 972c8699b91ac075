#include "watched_event.hpp"

#include <juggle/executor.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace juggle::inline JUGGLE_ABI::bridge {

EventMonitor::~EventMonitor() = default;

EventMonitor::Entry& EventMonitor::watch(void* event, Listener& listener) {
    if (pending_.size() == pending_.capacity()) {
        pending_.reserve(2 * pending_.size() + 16);
    }
    Entry& entry = Entry::obtain();
    entry.watch(*this, event, listener);
    return entry;
}

void EventMonitor::abandon(Entry& entry) noexcept { entry.abandon(); }

void EventMonitor::called_back(void* ticket) noexcept { Entry::called_back(ticket); }

std::optional<TimePoint> EventMonitor::poll() noexcept {
    if (pending_.empty()) {
        return std::nullopt;
    }
    const TimePoint now = executor().now();
    if (now >= next_look_) {
        look_at_due(now);
    } else if (pace_.at_each_turn != 0) {
        look_at_some();
    }
    return waited_for_ == 0 ? std::nullopt : std::optional{next_look_};
}

void EventMonitor::look_at_due(TimePoint now) noexcept {
    next_look_ = TimePoint::max();
    // Those that are over change places with the last; new ones come behind.
    for (std::size_t index = pending_.size(); index-- > 0;) {
        Entry& entry = *pending_[index];
        if (entry.due() > now || !entry.sweep(now)) {
            next_look_ = std::min(next_look_, entry.due());
        }
    }
}

void EventMonitor::look_at_some() noexcept {
    for (std::size_t left = std::min(pace_.at_each_turn, pending_.size());
         left != 0 && !pending_.empty(); --left) {
        next_ = next_ >= pending_.size() ? 0 : next_;
        if (!pending_[next_]->look()) {
            ++next_;
        }
    }
}

void EventMonitor::look_at_all_soon() noexcept {
    if (next_look_ == TimePoint::min()) {
        return;
    }
    next_look_ = TimePoint::min();
    for (Entry* const entry : pending_) {
        entry->set_due(TimePoint::min());
    }
}

bool EventMonitor::drain(Duration time) noexcept {
    const auto look_at_all = [this] {
        for (std::size_t index = pending_.size(); index-- > 0;) {
            (void)pending_[index]->look();
        }
    };
    for (Entry* const entry : pending_) {
        entry->flush();
    }
    look_at_all();
    const auto start = std::chrono::steady_clock::now();
    while (!pending_.empty() && std::chrono::steady_clock::now() - start < time) {
        std::this_thread::sleep_for(std::chrono::microseconds{200});
        look_at_all();
    }
    const bool all_have_settled = pending_.empty();
    while (!pending_.empty()) {
        pending_.back()->detach();
    }
    return all_have_settled;
}

}  // namespace juggle::bridge
