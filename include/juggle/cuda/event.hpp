#pragma once

#include <juggle/cuda/detail/event_record.hpp>
#include <juggle/event_traits.hpp>

#include <string>
#include <utility>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

namespace detail {
struct EventAccess;
}

/// Stands for all that had been given to a stream when it was recorded (`record`): kernels, copies,
/// host functions. A copy stands for the same. It is awaited, tracked and handed over:
/// `co_await event`, `wait_on`, `Resource<T>`.
///
/// Unlike the driver's own events it is recorded once and never again, so that nobody finds it
/// overwritten. That of the driver which is behind it is used again when it has settled and no copy
/// is left. It may be dropped at any time. What is known once is kept: an event that has settled is
/// not asked about again.
///
/// May be copied, asked and dropped on any thread.
class Event {
public:
    /// Stands for nothing.
    Event() noexcept = default;
    Event(const Event& other) noexcept : record_{other.record_} {
        if (record_ != nullptr) {
            record_->retain();
        }
    }
    Event(Event&& other) noexcept : record_{std::exchange(other.record_, nullptr)} {}
    Event& operator=(Event other) noexcept {
        std::swap(record_, other.record_);
        return *this;
    }
    ~Event() {
        if (record_ != nullptr) {
            record_->release();
        }
    }

    /// Whether it stands for something.
    [[nodiscard]] explicit operator bool() const noexcept { return record_ != nullptr; }
    /// Whether they stand for the same.
    friend bool operator==(const Event&, const Event&) noexcept = default;

    /// Asks the driver if that is not known yet; leaves the thread's current context as it is. An
    /// event that stands for nothing has completed.
    [[nodiscard]] EventStatus status() const noexcept {
        const CUresult code = record_ == nullptr ? CUDA_SUCCESS : record_->look();
        return code == CUDA_SUCCESS
                   ? EventStatus::complete
                   : (code == CUDA_ERROR_NOT_READY ? EventStatus::pending : EventStatus::failed);
    }

    /// The code with which it has failed; `CUDA_SUCCESS` if it has completed, and
    /// `CUDA_ERROR_NOT_READY` if it has not settled. Asks like `status`.
    [[nodiscard]] CUresult code() const noexcept {
        return record_ == nullptr ? CUDA_SUCCESS : record_->look();
    }

    /// The stream in which it was recorded; null, too, if it stands for nothing.
    [[nodiscard]] CUstream stream() const noexcept {
        return record_ == nullptr ? nullptr : record_->stream();
    }
    /// The driver's event, for calls of the program's own such as `cuStreamWaitEvent`, as long as
    /// there is a copy; not to be recorded or destroyed. Null if it stands for nothing.
    [[nodiscard]] CUevent handle() const noexcept {
        return record_ == nullptr ? nullptr : record_->event();
    }
    /// "an event of stream 0x7f0123456789". `std::bad_alloc`.
    [[nodiscard]] std::string describe() const {
        return record_ == nullptr ? "no event" : record_->describe();
    }

private:
    friend detail::EventAccess;
    /// Takes a reference over.
    explicit Event(detail::EventRecord& record) noexcept : record_{&record} {}

    detail::EventRecord* record_ = nullptr;
};

namespace detail {

struct EventAccess {
    [[nodiscard]] static EventRecord* record(const Event& event) noexcept { return event.record_; }
    [[nodiscard]] static Event make(EventRecord& record) noexcept { return Event{record}; }
};

}  // namespace detail

}  // namespace juggle::cuda
