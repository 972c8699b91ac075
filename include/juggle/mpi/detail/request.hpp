#pragma once

#include <juggle/clock.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/mpi/detail/call.hpp>
#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/observer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

struct Request;

/// Of the executor that started a request: its `Progress`.
class RequestOwner {
public:
    RequestOwner(const RequestOwner&) = delete;
    RequestOwner& operator=(const RequestOwner&) = delete;

    /// It has completed: a timeline shows it. `begin` and `work` are set.
    virtual void show(Request& request) noexcept = 0;

protected:
    RequestOwner() = default;
    ~RequestOwner() = default;
};

/// Is told when a request has settled. In the list of at most one.
class RequestListener {
public:
    RequestListener(const RequestListener&) = delete;
    RequestListener& operator=(const RequestListener&) = delete;

    /// It has been taken out of the request's list. On the thread that calls MPI.
    virtual void request_settled() noexcept = 0;

    RequestListener* next = nullptr;  // in the list

protected:
    RequestListener() = default;
    ~RequestListener() = default;
};

/// One start of a nonblocking call, shared by the events that stand for it and, while it is
/// outstanding, by the table. Its memory is used again when nobody knows it any more.
struct Request {
    EventStatus status = EventStatus::complete;
    bool orphaned = false;  // its `Persistent` is gone: the handle is freed when it has completed
    bool lost = false;      // MPI cannot tell whether it has ended
    std::uint8_t refusals = 0;  // of MPI to say how it stands
    int error = MPI_SUCCESS;
    int references = 0;
    std::size_t place = 0;  // in the table, while it is pending
    Call call;
    MPI_Status message{};
    RequestListener* first_listener = nullptr;
    RequestOwner* owner = nullptr;  // null: nobody shows it, or its executor is gone
    TimePoint begin{};              // these two only with an owner
    Observer::Work work{};
    std::shared_ptr<const void> memory;  // stays until it has completed
    Request* next = nullptr;             // in whichever list it is
};

}  // namespace juggle::mpi::detail
