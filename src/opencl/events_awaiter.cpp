#include <juggle/bridge/service.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/events_awaiter.hpp>
#include <juggle/opencl/error.hpp>

#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

void EventsWaiter::note(cl_event event, cl_int status) noexcept {
    if (status < 0 && failed_status_ == 0) {
        failed_ = event;
        failed_status_ = status;
    }
}

bool EventsWaiter::skip_settled() noexcept {
    for (; next_ < events_.size(); ++next_) {
        const cl_int status = settled_status(events_[next_]);
        if (status > CL_COMPLETE) {
            return false;
        }
        note(events_[next_], status);
    }
    return true;
}

void EventsWaiter::watch_first() {
    for (cl_event event : events_.subspan(next_)) {
        flush_queue_of(event);
    }
    monitor_ = &bridge::service<EventMonitor>(executor());
    watched_ = &monitor_->watch(events_[next_], *this);
}

void EventsWaiter::one_settled(Listener& listener, int status) noexcept {
    auto& self = static_cast<EventsWaiter&>(listener);
    self.watched_ = nullptr;
    self.note(self.events_[self.next_], status);
    ++self.next_;
    if (!self.skip_settled()) {
        try {
            self.watched_ = &self.monitor_->watch(self.events_[self.next_], self);
            return;
        } catch (...) {
            self.note(self.events_[self.next_], CL_OUT_OF_HOST_MEMORY);
        }
    }
    self.complete();
}

void EventsWaiter::leave() noexcept {
    monitor_->abandon(*watched_);
    give_up();
}

std::string EventsWaiter::next_name() const {
    cl_event event = events_[next_];
    return event_name(event) + queue_name(event) + ", which is " +
           progress_name(execution_status(event));
}

void EventsWaiter::throw_failed() const {
    std::string operation = "co_await of " + event_name(failed_);
    const cl_int status = execution_status(failed_);
    if (status == unknown_status) {
        operation += ": clGetEventInfo(CL_EVENT_COMMAND_EXECUTION_STATUS)";
    } else if (status == CL_COMPLETE) {
        operation += ": clWaitForEvents";
    }
    throw Error{failed_status_, operation};
}

}  // namespace juggle::opencl::detail
