#include "info.hpp"

#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/error.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

void check(cl_int status, const char* operation) {
    if (status != CL_SUCCESS) {
        throw Error{status, operation};
    }
}

cl_context context_of(cl_event event) {
    cl_context context = nullptr;
    check(get_info(event, CL_EVENT_CONTEXT, context), "wait_on: clGetEventInfo(CL_EVENT_CONTEXT)");
    return context;
}

cl_context context_of(cl_command_queue queue) {
    cl_context context = nullptr;
    check(get_info(queue, CL_QUEUE_CONTEXT, context),
          "wait_on: clGetCommandQueueInfo(CL_QUEUE_CONTEXT), argument 'queue'");
    return context;
}

/// Throws if the query for its status fails.
void check_status_of(cl_event event, const char* operation) {
    cl_int status = CL_QUEUED;
    check(query_status(event, status), operation);
}

/// Waits. False if OpenCL refuses both to wait and to say.
bool has_ended(cl_event event) noexcept {
    const cl_int status = execution_status(event);
    if (status < CL_COMPLETE) {
        return true;
    }
    const cl_int code = clWaitForEvents(1, &event);
    return code == CL_SUCCESS || code == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST ||
           code == CL_INVALID_EVENT || status == CL_COMPLETE;
}

/// Of the queue that a command is in that has not ended. If the program has released that queue the
/// release has flushed it; Intel's runtime for CPUs refuses to do it again.
cl_int flush_if_there(cl_command_queue queue) noexcept {
    const cl_int code = clFlush(queue);
    return code == CL_INVALID_COMMAND_QUEUE ? CL_SUCCESS : code;
}

/// An in-order queue waits for its own commands anyhow.
bool is_implied(cl_event event, cl_command_queue queue) noexcept {
    return queue_of(event) == queue && in_order(queue);
}

std::string argument_name(cl_event event, std::size_t index) {
    return "argument 'events', number " + std::to_string(index) + ", " + event_name(event);
}

/// The events of a wait list that a queue really has to wait for; on the stack unless many.
class WaitList {
public:
    explicit WaitList(std::size_t capacity) {
        if (capacity > few_.size()) {
            many_.resize(capacity);
            events_ = many_.data();
        }
    }
    WaitList(const WaitList&) = delete;
    WaitList& operator=(const WaitList&) = delete;

    void add(cl_event event) noexcept { events_[size_++] = event; }
    /// A command need not start before its own queue is flushed, whoever waits for it. Flushing one
    /// may end another.
    void flush_producers() const {
        cl_command_queue flushed = nullptr;
        for (cl_uint index = 0; index < size_; ++index) {
            if (!is_in_its_queue(events_[index])) {
                continue;
            }
            cl_command_queue queue = nullptr;  // a user event has none
            check(get_info(events_[index], CL_EVENT_COMMAND_QUEUE, queue),
                  "wait_on: clGetEventInfo(CL_EVENT_COMMAND_QUEUE)");
            if (queue != nullptr && queue != flushed) {
                check(flush_if_there(queue), "wait_on: clFlush of an event's queue");
                flushed = queue;
            }
        }
    }
    [[nodiscard]] cl_uint size() const noexcept { return size_; }
    [[nodiscard]] const cl_event* data() const noexcept { return events_; }

private:
    std::array<cl_event, 16> few_{};
    std::vector<cl_event> many_;
    cl_event* events_ = few_.data();
    cl_uint size_ = 0;
};

}  // namespace

cl_int query_status(cl_event event, cl_int& status) noexcept {
    const cl_int code = event == nullptr
                            ? CL_INVALID_EVENT
                            : get_info(event, CL_EVENT_COMMAND_EXECUTION_STATUS, status);
    if (code != CL_SUCCESS) {
        status = code == CL_INVALID_EVENT ? code : unknown_status;
    }
    return code;
}

cl_int execution_status(cl_event event) noexcept {
    cl_int status = CL_QUEUED;
    (void)query_status(event, status);
    return status;
}

bool is_in_its_queue(cl_event event) noexcept {
    const cl_int status = execution_status(event);
    return status > CL_COMPLETE && status != unknown_status;
}

cl_int query_settled_status(cl_event event, cl_int& status) noexcept {
    const cl_int code = query_status(event, status);
    if (status != CL_COMPLETE) {
        return code;
    }
    const cl_int waited = clWaitForEvents(1, &event);
    if (waited == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST) {
        status = waited;
        return CL_SUCCESS;
    }
    if (waited != CL_SUCCESS) {
        status = unknown_status;
    }
    return waited;
}

cl_int settled_status(cl_event event) noexcept {
    cl_int status = CL_QUEUED;
    (void)query_settled_status(event, status);
    return status;
}

void flush_queue_of(cl_event event) noexcept {
    if (!is_in_its_queue(event)) {
        return;
    }
    if (cl_command_queue queue = queue_of(event)) {
        (void)flush_if_there(queue);
    }
}

cl_event enqueue_marker(cl_command_queue queue) {
    cl_event event = nullptr;
    check(clEnqueueMarkerWithWaitList(queue, 0, nullptr, &event),
          "marker: clEnqueueMarkerWithWaitList");
    if (const cl_int code = clFlush(queue); code != CL_SUCCESS) {
        clReleaseEvent(event);
        throw Error{code, "marker: clFlush"};
    }
    return event;
}

void wait_on(cl_command_queue queue, std::span<const cl_event> events) {
    if (events.empty()) {
        return;
    }
    cl_context context = context_of(queue);
    WaitList list{events.size()};
    for (std::size_t index = 0; index < events.size(); ++index) {
        cl_event event = events[index];
        const cl_int status = settled_status(event);
        if (status == unknown_status) {
            check_status_of(event, "wait_on: clGetEventInfo(CL_EVENT_COMMAND_EXECUTION_STATUS)");
        }
        if (status < 0) {
            throw Error{status, "wait_on: " + argument_name(event, index)};
        }
        if (context_of(event) != context) {
            throw Error{CL_INVALID_CONTEXT, "wait_on: " + argument_name(event, index) +
                                                ", is of another context than the queue"};
        }
        if (status != CL_COMPLETE && !is_implied(event, queue)) {
            list.add(event);
        }
    }
    list.flush_producers();
    if (list.size() != 0) {
        check(clEnqueueBarrierWithWaitList(queue, list.size(), list.data(), nullptr),
              "wait_on: clEnqueueBarrierWithWaitList");
    }
}

bool prepare_wait(cl_event event, bool failure_is_dealt_with) {
    const cl_int status = settled_status(event);
    if (status < 0) {
        if (failure_is_dealt_with) {
            return false;
        }
        throw Error{status, "enqueue: " + event_name(event)};
    }
    if (status == unknown_status) {  // of which the wait list is to know
        check_status_of(event, "enqueue: clGetEventInfo(CL_EVENT_COMMAND_EXECUTION_STATUS)");
    }
    if (status == CL_COMPLETE) {
        return false;
    }
    if (cl_command_queue queue = queue_of(event)) {  // a user event has none
        check(flush_if_there(queue), "enqueue: clFlush of an event's queue");
    }
    return true;
}

void flush(cl_command_queue queue) { check(clFlush(queue), "enqueue: clFlush"); }

void throw_misused_commands(const std::string& how) {
    throw std::logic_error{"juggle::opencl::enqueue: the function " + how};
}

void throw_refused_command(std::size_t index) {
    throw std::logic_error{
        "juggle::opencl::enqueue: command " + std::to_string(index + 1) +
        " of the function left no event: OpenCL has refused it, or it was not enqueued (let the "
        "function return what the enqueue function returns, or define CL_HPP_ENABLE_EXCEPTIONS)"};
}

bool wait_on_host(std::span<const cl_event> events) noexcept {
    constexpr int attempts = 100;
    for (cl_event event : events) {
        flush_queue_of(event);
    }
    bool all_ended = true;
    for (cl_event event : events) {
        bool ended = has_ended(event);
        for (int attempt = 1; attempt < attempts && !ended; ++attempt) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            ended = has_ended(event);
        }
        all_ended = all_ended && ended;
    }
    return all_ended;
}

std::string event_name(cl_event event) {
    if (event == nullptr) {
        return "a null event";
    }
    cl_command_type type = 0;
    if (const cl_int code = get_info(event, CL_EVENT_COMMAND_TYPE, type); code != CL_SUCCESS) {
        return code == CL_INVALID_EVENT ? "an invalid event" : "an event";
    }
    if (type == CL_COMMAND_USER) {
        return "a user event";
    }
    return "the event of " + command_name(type);
}

std::string queue_name(cl_event event) {
    cl_command_queue queue = nullptr;
    if (clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof queue, static_cast<void*>(&queue),
                       nullptr) != CL_SUCCESS ||
        queue == nullptr) {
        return {};
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), " in queue %p", static_cast<const void*>(queue));
    return text.data();
}

std::string progress_name(cl_int execution_status) {
    switch (execution_status) {
        case CL_QUEUED:
            return "queued";
        case CL_SUBMITTED:
            return "submitted";
        case CL_RUNNING:
            return "running";
        case CL_COMPLETE:
            return "complete";
        default:
            return execution_status < 0 ? status_name(execution_status) : "in an unknown state";
    }
}

}  // namespace juggle::opencl::detail
