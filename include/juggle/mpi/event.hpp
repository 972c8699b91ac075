#pragma once

#include <juggle/event_traits.hpp>
#include <juggle/mpi/detail/call.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/error.hpp>
#include <juggle/mpi/status.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::mpi {

namespace detail {
struct EventAccess;
}

/// Stands for a nonblocking MPI call that was started (`start`, `Persistent::start`): a message, a
/// collective operation, a read of a file. A copy stands for the same one. It is awaited, tracked
/// and handed over like a device's event: `Resource<T, mpi::Event>`, `OneOf<cl::Event,
/// mpi::Event>`.
///
/// It may be dropped: the request goes on, and MPI is asked about it until it has completed. Memory
/// that the call uses must stay as long: that of a resource that the event guards does, and so does
/// what `keep` was given. Nothing ever cancels a request.
///
/// For the thread that calls MPI only.
class Event {
public:
    /// Stands for nothing.
    Event() noexcept = default;
    Event(const Event& other) noexcept : request_{other.request_} {
        if (request_ != nullptr) {
            detail::RequestTable::instance().retain(*request_);
        }
    }
    Event(Event&& other) noexcept : request_{std::exchange(other.request_, nullptr)} {}
    Event& operator=(Event other) noexcept {
        std::swap(request_, other.request_);
        return *this;
    }
    ~Event() {
        if (request_ != nullptr) {
            detail::RequestTable::instance().release(*request_);
        }
    }

    /// Whether it stands for something.
    [[nodiscard]] explicit operator bool() const noexcept { return request_ != nullptr; }

    /// Asks MPI if that is not known yet. An event that stands for nothing has completed.
    [[nodiscard]] EventStatus status() const noexcept {
        if (request_ == nullptr) {
            return EventStatus::complete;
        }
        if (request_->status == EventStatus::pending) {
            detail::RequestTable::instance().test_one(*request_);
        }
        return request_->status;
    }

    /// What is known of the message, as `co_await` gives it. `Error` if the request has failed,
    /// `std::logic_error` if it has not completed.
    [[nodiscard]] Status message() const {
        if (status() == EventStatus::pending) {
            throw std::logic_error{"juggle: mpi::Event::message: " + describe() +
                                   " has not completed"};
        }
        if (request_ != nullptr && request_->status == EventStatus::failed) {
            throw Error{request_->error, describe()};
        }
        return request_ == nullptr ? Status{} : Status{request_->message};
    }

    /// Memory that the call uses, or whatever owns that: it stays until the request has completed,
    /// even if nobody awaits it, such as after a stop request. Instead of what was given before.
    void keep(std::shared_ptr<const void> memory) const noexcept {
        if (request_ != nullptr && request_->status == EventStatus::pending) {
            request_->memory = std::move(memory);
        }
    }

    /// "MPI_Irecv of at most 4 elements from rank 1, tag 7". `std::bad_alloc`.
    [[nodiscard]] std::string describe() const {
        return request_ == nullptr ? "no MPI request" : detail::describe(request_->call);
    }

private:
    friend detail::EventAccess;
    /// Takes a reference over.
    explicit Event(detail::Request& request) noexcept : request_{&request} {}

    detail::Request* request_ = nullptr;
};

namespace detail {

struct EventAccess {
    [[nodiscard]] static Request* request(const Event& event) noexcept { return event.request_; }
    [[nodiscard]] static Event make(Request& request) noexcept { return Event{request}; }
};

}  // namespace detail

}  // namespace juggle::mpi
