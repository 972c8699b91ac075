#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/commands.hpp>
#include <juggle/opencl/detail/enqueue_awaiter.hpp>

#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl {

/// `co_await enqueue(queue, tickets..., function)` waits for the turns of the tickets, then calls
/// the function, which enqueues one command to `queue`, or several:
///
/// ```
/// co_await jcl::enqueue(queue, in, out, [&](jcl::Commands& commands) {
///     queue.enqueueCopyBuffer(*in, *out, 0, 0, size, commands.wait_list(), commands.event());
/// });
/// in.ready();
/// ```
///
/// The tickets are held then, and stay so. The commands wait on the device for what the tickets
/// have to respect, including commands that were enqueued through an exclusive one before; their
/// events are tracked by all of the tickets. So the next holders wait for these commands, and the
/// memory stays as long, whatever fails or is cancelled afterwards: no marker is needed. The host
/// waits for turns only. The queue is flushed.
///
/// The tickets are lvalues, at least one, or sets of them (`acquire_all`); a ticket may have been
/// held before. Between them there
/// may be `cl::Event`s, for which the commands wait as well. Capture by reference: GCC 12 may
/// destroy what a lambda in a `co_await` owns twice.
///
/// Gives the event of the last command, to be awaited, say; null if none was enqueued. Resumes on
/// the task's executor. Throws
///  - what the awaits of `ResourceAllocation` throw, with no ticket held that was not before: a
///    stop request, or poison;
///  - `Error`, likewise, if one of the events has failed or a queue cannot be flushed;
///  - what the function throws: the tickets are held, and the commands that were enqueued before
///    are tracked;
///  - `Error` for a status that it returns;
///  - `std::logic_error` if the function took a wait list without an event, an event but not the
///    wait list that there was, left an event null, or let go of a ticket;
///  - `std::invalid_argument`, at the call, if one ticket is given twice.
template <class... Arguments>
[[nodiscard]] auto enqueue(const cl::CommandQueue& queue, Arguments&&... arguments) {
    static_assert((detail::Ticket<Arguments> || ...),
                  "enqueue(queue, tickets..., function): there is no ticket, a "
                  "juggle::opencl::ResourceAllocation or a set of them that is an lvalue");
    if constexpr (sizeof...(Arguments) != 0) {
        const std::tuple<Arguments&&...> all{std::forward<Arguments>(arguments)...};
        return detail::make_enqueue(queue, all,
                                    std::make_index_sequence<sizeof...(Arguments) - 1>{});
    }
}

}  // namespace juggle::opencl
