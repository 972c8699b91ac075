#pragma once

#include <juggle/bridge/report.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/mpi/detail/events_awaiter.hpp>
#include <juggle/mpi/detail/nap.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/event.hpp>

#include <new>
#include <span>

/// `co_await event`, for a `juggle::mpi::Event`: ends when its request has completed, on the task's
/// executor, and gives its `Status`.
///
/// Throws `juggle::mpi::Error` if the request has failed, and `std::logic_error` if MPI is not
/// there or belongs to another thread. A request that has completed already is not waited for. The
/// event must stay where it is while it is awaited. A stop request (`Cancelled`) ends the wait, and
/// never the request: see `juggle::mpi::Event`.
template <>
struct juggle::EventTraits<juggle::mpi::Event> {
    using Event = juggle::mpi::Event;

    [[nodiscard]] static EventStatus status(const Event& event) noexcept { return event.status(); }

    [[nodiscard]] static bool is_valid(const Event& event) noexcept { return bool{event}; }

    [[nodiscard]] static mpi::detail::EventsAwaiter wait(std::span<const Event> events) noexcept {
        return mpi::detail::EventsAwaiter{events};
    }

    /// Says so when that takes longer than a second, since nothing else would. False after
    /// `MPI_Finalize`, and of a request of which MPI cannot tell whether it has ended.
    static bool wait_on_host(std::span<const Event> events) noexcept {
        mpi::detail::Nap nap;
        bool known = true;
        for (const Event& event : events) {
            while (event.status() == EventStatus::pending) {
                if (mpi::detail::RequestTable::instance().finalised()) {
                    return false;
                }
                if (nap.sleep()) {
                    report_wait(event);
                }
            }
            const mpi::detail::Request* const request = mpi::detail::EventAccess::request(event);
            known = known && (request == nullptr || !request->lost);
        }
        return known;
    }

private:
    static void report_wait(const Event& event) noexcept {
        try {
            bridge::report("juggle: mpi: memory is not freed before " + event.describe() +
                           " has completed; if it never will, MPI_Abort ends all ranks");
        } catch (const std::bad_alloc&) {
            bridge::report("juggle: mpi: memory is not freed before a request has completed");
        }
    }
};
