#include <juggle/bridge/report.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/event_monitor.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::opencl {

namespace detail {

namespace {

bridge::EventMonitor::Pace pace_of(const EventOptions& options) noexcept {
    return {.first = options.first_sweep, .longest = options.longest_sweep};
}

cl_event as_event(void* event) noexcept { return static_cast<cl_event>(event); }

}  // namespace

EventMonitor::EventMonitor(Executor& executor)
    : bridge::EventMonitor{executor, pace_of({})}, drain_{EventOptions{}.drain} {}

EventMonitor::~EventMonitor() {
    if (!drain(drain_)) {
        bridge::report(
            "juggle: an executor ends while OpenCL commands whose wait was cancelled "
            "are still running");
    }
}

void EventMonitor::set_options(const EventOptions& options) noexcept {
    set_pace(pace_of(options));
    drain_ = options.drain;
}

void EventMonitor::on_event(cl_event, cl_int, void* ticket) noexcept { called_back(ticket); }

void EventMonitor::retain(void* event) noexcept { clRetainEvent(as_event(event)); }

void EventMonitor::release(void* event) noexcept { clReleaseEvent(as_event(event)); }

bool EventMonitor::request_callback(void* event, void* ticket) noexcept {
    return clSetEventCallback(as_event(event), CL_COMPLETE, &EventMonitor::on_event, ticket) ==
           CL_SUCCESS;
}

std::optional<int> EventMonitor::ask(void* event, unsigned& refusals) noexcept {
    constexpr unsigned max_refusals = 8;
    cl_int status = settled_status(as_event(event));
    if (status != unknown_status) [[likely]] {
        refusals = 0;
    } else if (const cl_int code = query_settled_status(as_event(event), status);
               code != CL_SUCCESS && ++refusals >= max_refusals) {
        status = code;
    }
    return status > CL_COMPLETE ? std::nullopt : std::optional<int>{status};
}

void EventMonitor::flush(void* event) noexcept { flush_queue_of(as_event(event)); }

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
