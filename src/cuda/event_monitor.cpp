#include <juggle/bridge/report.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/cuda/detail/event_monitor.hpp>
#include <juggle/executor.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::cuda {

namespace detail {

namespace {

bridge::EventMonitor::Pace pace_of(const EventOptions& options) noexcept {
    constexpr std::size_t looks_a_turn = 4;
    if (options.wake == Wake::poll) {
        return {.first = options.poll_interval,
                .longest = options.poll_interval,
                .at_each_turn = looks_a_turn,
                .calls_back = false};
    }
    return {.first = options.first_sweep,
            .longest = options.longest_sweep,
            .at_each_turn = options.wake == Wake::both ? looks_a_turn : 0};
}

EventRecord& as_record(void* record) noexcept { return *static_cast<EventRecord*>(record); }

}  // namespace

EventMonitor::EventMonitor(Executor& executor)
    : bridge::EventMonitor{executor, pace_of({})}, drain_{EventOptions{}.drain} {}

EventMonitor::~EventMonitor() {
    if (!drain(drain_)) {
        bridge::report(
            "juggle: an executor ends while work in CUDA streams whose wait was cancelled is still "
            "running");
    }
}

void EventMonitor::set_options(const EventOptions& options) noexcept {
    set_pace(pace_of(options));
    drain_ = options.drain;
}

void EventMonitor::host_function(void* ticket) noexcept { called_back(ticket); }

void EventMonitor::retain(void* record) noexcept { as_record(record).retain(); }

void EventMonitor::release(void* record) noexcept { as_record(record).release(); }

bool EventMonitor::request_callback(void* record, void* ticket) noexcept {
    return notify_streams_.notify(as_record(record), &EventMonitor::host_function, ticket);
}

std::optional<int> EventMonitor::ask(void* record, unsigned&) noexcept {
    const CUresult code = as_record(record).look();
    if (code == CUDA_ERROR_NOT_READY) {
        return std::nullopt;
    }
    if (code != CUDA_SUCCESS) {
        look_at_all_soon();  // others of its context have likely failed, too
    }
    return code;
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
