#pragma once

#include <juggle/cuda/detail/enqueue_awaiter.hpp>

#include <cstddef>
#include <tuple>
#include <utility>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// `co_await enqueue(stream, tickets..., function)` waits for the turns of the tickets, then calls
/// the function, which gives commands to `stream`, one or several:
///
/// ```
/// co_await jcu::enqueue(stream, in, out, [&] {
///     return cuMemcpyDtoDAsync(out->address, in->address, size, stream);
/// });
/// in.ready();
/// ```
///
/// The tickets are held then, and stay so. The stream waits on the device for what the tickets have
/// to respect, including what was enqueued through an exclusive one before; an event that is
/// recorded behind the commands is tracked by all of the tickets. So the next holders wait for
/// these commands, and the memory stays as long, whatever fails or is cancelled afterwards. The
/// host waits for turns only.
///
/// The tickets are lvalues, at least one, or sets of them (`acquire_all`); a ticket may have been
/// held before. Between them there may be `Event`s, for which the stream waits as well. The
/// function takes nothing, or the stream; the stream's context is current meanwhile. What it gives
/// to other streams is not guarded. Capture by reference: GCC 12 may destroy what a lambda in a
/// `co_await` owns twice. `stream` may be what `record` takes; the legacy stream, and the thread's
/// own, are those of the context that is current at the call.
///
/// Gives that event, to be awaited, say. It stands for all that the stream was given, also if the
/// function has given it nothing. Resumes on the task's executor. Throws
///  - what the awaits of `ResourceAllocation` throw, with no ticket held that was not before: a
///    stop request, or poison;
///  - `Error`, likewise, if one of the events has failed, with its code, or if the driver refuses
///    an event or a wait; and `std::logic_error` if the stream is being captured into a graph;
///  - what the function throws: the tickets are held, and what it had enqueued is guarded;
///  - `Error`, likewise, for a `CUresult` that it returns;
///  - `Error`, likewise, if the event cannot be recorded: that is tried again whenever it is asked
///    about, and until then the stream is asked whether it has anything to do, for which no other
///    stream can wait; the stream must be kept for that. `std::logic_error` if it is because the
///    function left the stream being captured;
///  - `std::logic_error` if the function let go of a ticket;
///  - at the call, `std::invalid_argument` if one ticket is given twice, and `Error` if there is no
///    such stream, or no driver.
template <class... Arguments>
[[nodiscard]] auto enqueue(CUstream stream, Arguments&&... arguments) {
    static_assert((detail::Ticket<Arguments> || ...),
                  "enqueue(stream, tickets..., function): there is no ticket, a "
                  "juggle::cuda::ResourceAllocation or a set of them that is an lvalue");
    if constexpr (sizeof...(Arguments) != 0) {
        const std::tuple<Arguments&&...> all{std::forward<Arguments>(arguments)...};
        return detail::make_enqueue(stream, all,
                                    std::make_index_sequence<sizeof...(Arguments) - 1>{});
    }
}

}  // namespace juggle::cuda
