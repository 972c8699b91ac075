#include <juggle/bridge/service.hpp>
#include <juggle/cuda/detail/events_awaiter.hpp>
#include <juggle/cuda/error.hpp>

#include <string>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

void EventsWaiter::note(CUresult code) noexcept {
    if (code != CUDA_SUCCESS && failed_ == events_.size()) {
        failed_ = next_;
        failure_ = code;
    }
}

bool EventsWaiter::skip_settled() noexcept {
    for (; next_ < events_.size(); ++next_) {
        const CUresult code = events_[next_].code();
        if (code == CUDA_ERROR_NOT_READY) {
            return false;
        }
        note(code);
    }
    return true;
}

void EventsWaiter::start() {
    monitor_ = &bridge::service<EventMonitor>(executor());
    watched_ = &monitor_->watch(EventAccess::record(events_[next_]), *this);
}

void EventsWaiter::one_settled(Listener& listener, int code) noexcept {
    auto& self = static_cast<EventsWaiter&>(listener);
    self.watched_ = nullptr;
    self.note(static_cast<CUresult>(code));
    ++self.next_;
    if (!self.skip_settled()) {
        try {
            self.watched_ =
                &self.monitor_->watch(EventAccess::record(self.events_[self.next_]), self);
            return;
        } catch (...) {
            self.note(CUDA_ERROR_OUT_OF_MEMORY);
        }
    }
    self.complete();
}

void EventsWaiter::cancel() noexcept {
    monitor_->abandon(*watched_);
    give_up();
}

std::string EventsWaiter::describe() const {
    const Event& event = events_[next_];
    return event.describe() +
           (event.status() == EventStatus::pending ? ", which is pending" : ", which has settled");
}

void EventsWaiter::throw_failed() const {
    throw Error{failure_, "co_await of " + events_[failed_].describe()};
}

}  // namespace juggle::cuda::detail
