#pragma once

#include <juggle/executor.hpp>
#include <juggle/mpi/detail/call.hpp>
#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/detail/progress.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/error.hpp>
#include <juggle/mpi/event.hpp>
#include <juggle/mpi/event_traits.hpp>

#include <concepts>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::mpi {

namespace detail {

/// That of the executor whose task calls; null outside of tasks. From then on errors are returned.
[[nodiscard]] inline Progress* current_progress() {
    Executor* const executor = Executor::current();
    return executor == nullptr ? nullptr : &Progress::of(*executor);
}

/// Makes a call that gives a request.
template <class Function>
[[nodiscard]] Event start_call(const Call& call, Function&& function) {
    RequestTable& table = RequestTable::get("mpi::start");
    Progress* const progress = current_progress();
    Request& request = table.prepare(call);
    const Event event = EventAccess::make(request);
    if (progress != nullptr) {
        progress->note_call(request);
    }
    MPI_Request handle = MPI_REQUEST_NULL;
    const int code = std::forward<Function>(function)(&handle);
    if (code != MPI_SUCCESS) {
        throw Error{code, describe(call)};
    }
    if (handle == MPI_REQUEST_NULL) {
        return event;
    }
    if (call.sends() && table.has_completed(request, handle)) {
        if (request.owner != nullptr) [[unlikely]] {
            std::exchange(request.owner, nullptr)->show(request);
        }
        return event;
    }
    table.add(request, handle);
    if (progress != nullptr) {
        progress->be_alert();
    }
    return event;
}

}  // namespace detail

/// `start(function, arguments...)` starts a nonblocking call of MPI: any function that gives a
/// request as its last argument, which is left out. Returns at once what stands for it.
///
/// ```
/// mpi::Event received = mpi::start(MPI_Irecv, data.data(), 512, MPI_FLOAT, 1, tag, communicator);
/// mpi::Status status = co_await received;
/// ```
///
/// It may also be a function of your own that takes the `MPI_Request*` and returns MPI's code.
/// Reports and timelines know peer, tag and count of MPI's own functions only, so it is better to
/// name those.
///
/// Throws `Error` if the call fails, and `std::logic_error` if MPI is not there or is another
/// thread's; `std::invalid_argument` for a number that is too large for MPI, such as a count that
/// is no int; `std::bad_alloc`; these three before the call. Outside of tasks, too, but MPI is
/// asked about it only while an executor runs that has started or awaited something itself.
template <class Function, class... Arguments>
    requires std::is_invocable_r_v<int, Function&, Arguments..., MPI_Request*>
[[nodiscard]] Event start(Function&& function, Arguments&&... arguments) {
    return detail::with_parameters(
        function,
        [&function](auto&&... values) {
            const detail::Call call = detail::describe_call(function, values...);
            if (detail::makes_persistent(call)) {
                throw std::invalid_argument{"juggle: mpi::start: " + detail::describe(call) +
                                            " starts nothing: it is for mpi::Persistent"};
            }
            return detail::start_call(call, [&](MPI_Request* request) -> int {
                return std::invoke(function, std::forward<decltype(values)>(values)..., request);
            });
        },
        std::forward<Arguments>(arguments)...);
}

/// The same with a name for reports and timelines, a literal.
template <std::invocable<MPI_Request*> Function>
[[nodiscard]] Event start(const char* name, Function&& function) {
    return detail::start_call({.name = name}, [&](MPI_Request* request) -> int {
        return std::invoke(std::forward<Function>(function), request);
    });
}

}  // namespace juggle::mpi
