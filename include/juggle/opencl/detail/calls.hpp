#pragma once

#include <juggle/event_traits.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/export.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// Instead of an execution status: the query failed, or the wait behind it. The command may be
/// running, or may have ended; like one that runs it is waited for, and asked again.
constexpr cl_int unknown_status = CL_QUEUED + 1;

/// What the query for the execution status returned. `status` is the command's, CL_INVALID_EVENT
/// if there is no such event, or unknown.
cl_int query_status(cl_event event, cl_int& status) noexcept;

[[nodiscard]] cl_int execution_status(cl_event event) noexcept;

/// The command is known not to have ended, so the queue that it names is there. OpenCL deletes a
/// queue when the program has released it and its commands have ended, and does not say that their
/// events keep it: what CL_EVENT_COMMAND_QUEUE names is not to be used without asking this first.
[[nodiscard]] bool is_in_its_queue(cl_event event) noexcept;

/// The same as `query_status`. A command that is said to have ended well is waited for as well,
/// which returns at once: polling a status is not a synchronization point (OpenCL 3.0,
/// section 5.11), waiting for it is. And the wait is believed more than the status: Intel's runtime
/// for CPUs says CL_COMPLETE of a command that never ran, since what it had to wait for failed. If
/// the wait is refused for another reason, its code is returned and the status is unknown.
cl_int query_settled_status(cl_event event, cl_int& status) noexcept;

[[nodiscard]] JUGGLE_OPENCL_EXPORT cl_int settled_status(cl_event event) noexcept;

[[nodiscard]] constexpr EventStatus to_event_status(cl_int status) noexcept {
    return status < 0 ? EventStatus::failed
                      : (status == 0 ? EventStatus::complete : EventStatus::pending);
}

/// Lets the command start, if nobody did yet. User events have no queue and need none, nor does a
/// command that has ended. Errors are left to whoever waits.
void flush_queue_of(cl_event event) noexcept;

[[nodiscard]] JUGGLE_OPENCL_EXPORT cl_event enqueue_marker(cl_command_queue queue);
JUGGLE_OPENCL_EXPORT void wait_on(cl_command_queue queue, std::span<const cl_event> events);
/// Whether a command has to have the event in its wait list; the queue of its producer is flushed
/// then. Throws `Error` if the event has failed; if that has been dealt with, it is not waited for.
[[nodiscard]] JUGGLE_OPENCL_EXPORT bool prepare_wait(cl_event event, bool failure_is_dealt_with);
JUGGLE_OPENCL_EXPORT void flush(cl_command_queue queue);
[[noreturn]] JUGGLE_OPENCL_EXPORT void throw_misused_commands(const std::string& how);
[[noreturn]] JUGGLE_OPENCL_EXPORT void throw_refused_command(std::size_t index);
/// Goes on asking for a while if OpenCL refuses, for what the commands use is to go behind it.
/// False if it has refused to the end: nobody knows whether all have settled.
[[nodiscard]] JUGGLE_OPENCL_EXPORT bool wait_on_host(std::span<const cl_event> events) noexcept;

/// "the event of CL_COMMAND_READ_BUFFER" and the like.
[[nodiscard]] std::string event_name(cl_event event);
/// " in queue <handle>"; nothing if it belongs to none, as a user event does.
[[nodiscard]] std::string queue_name(cl_event event);
/// "submitted", "running" and so on.
[[nodiscard]] std::string progress_name(cl_int execution_status);

}  // namespace juggle::opencl::detail
