#pragma once

#include <juggle/mpi/detail/call.hpp>
#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/error.hpp>
#include <juggle/mpi/event.hpp>
#include <juggle/mpi/start.hpp>

#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::mpi {

/// A persistent request: a call that is described once and started again and again.
///
/// ```
/// mpi::Persistent send{MPI_Send_init, data.data(), 512, MPI_FLOAT, 1, tag, MPI_COMM_WORLD};
/// co_await send.start();
/// ```
///
/// An event of it stands for one start. Move-only. It may be destroyed while a start is
/// outstanding: that goes on, and the request is freed when it has completed.
class Persistent {
public:
    /// `function` is what makes the request, such as `MPI_Recv_init`, with its arguments but the
    /// last. Throws what `mpi::start` throws.
    template <class Function, class... Arguments>
        requires std::is_invocable_r_v<int, Function&, Arguments..., MPI_Request*>
    explicit Persistent(Function&& function, Arguments&&... arguments)
        : call_{detail::describe_call(function, arguments...)} {
        (void)detail::RequestTable::get("mpi::Persistent");
        (void)detail::current_progress();
        const int code = detail::with_parameters(
            function,
            [&](auto&&... values) -> int {
                return std::invoke(function, std::forward<decltype(values)>(values)..., &handle_);
            },
            std::forward<Arguments>(arguments)...);
        if (code != MPI_SUCCESS) {
            throw Error{code, detail::describe(call_)};
        }
    }
    Persistent(Persistent&& other) noexcept
        : call_{other.call_}, handle_{std::exchange(other.handle_, MPI_REQUEST_NULL)},
          last_{std::exchange(other.last_, {})} {}
    Persistent& operator=(Persistent&& other) noexcept {
        std::swap(call_, other.call_);
        std::swap(handle_, other.handle_);
        std::swap(last_, other.last_);
        return *this;
    }
    ~Persistent() {
        if (handle_ == MPI_REQUEST_NULL || detail::RequestTable::instance().finalised()) {
            return;
        }
        if (last_.status() == EventStatus::pending) {
            detail::EventAccess::request(last_)->orphaned = true;
        } else {
            MPI_Request_free(&handle_);
        }
    }

    /// Starts it. `std::logic_error` if the last start has not completed, or if it was moved from;
    /// otherwise what `mpi::start` throws.
    Event start() {
        if (handle_ == MPI_REQUEST_NULL) {
            throw std::logic_error{"juggle: mpi::Persistent::start: it was moved from"};
        }
        if (last_.status() == EventStatus::pending) {
            throw std::logic_error{"juggle: mpi::Persistent::start: " + last_.describe() +
                                   " has not completed"};
        }
        last_ = detail::start_call(call_, [this](MPI_Request* request) {
            const int code = MPI_Start(&handle_);
            *request = handle_;
            return code;
        });
        return last_;
    }

private:
    detail::Call call_;
    MPI_Request handle_ = MPI_REQUEST_NULL;
    Event last_;  // of its last start
};

}  // namespace juggle::mpi
