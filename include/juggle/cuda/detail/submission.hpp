#pragma once

#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/event.hpp>

#include <span>
#include <string>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI {
class Observer;
}

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// The context of a stream that `enqueue` was given. `Error`, `std::logic_error`.
[[nodiscard]] JUGGLE_CUDA_EXPORT CUcontext context_for_enqueue(CUstream stream);

/// What one `enqueue` gives to a stream, between the events that it waits for and that which stands
/// for it. All that may be refused is asked for before anything is in flight, but for the recording
/// of that event.
class JUGGLE_CUDA_EXPORT Submission {
public:
    /// The stream waits for the events, of which none has failed. An observer, if there is one, is
    /// shown the work behind. `Error` if the driver refuses, `std::logic_error` if the stream is
    /// being captured, `std::bad_alloc`.
    Submission(CUstream stream, CUcontext context, std::span<const Event> waits,
               Observer* observer);
    Submission(const Submission&) = delete;
    Submission& operator=(const Submission&) = delete;
    ~Submission() = default;

    /// Calls the function, with the stream's context current.
    void call(void (*function)(void* argument), void* argument) const;

    /// Records the event, for all that the stream was given. If the driver refuses, that is tried
    /// again whenever somebody asks about it.
    void record() noexcept;

    /// Guards what was given to the stream.
    [[nodiscard]] const Event& event() const noexcept { return event_; }
    /// Throws what `record` was refused with, if it was.
    void check_recorded() const {
        if (code_ != CUDA_SUCCESS) [[unlikely]] {
            throw_refused();
        }
    }

private:
    [[noreturn]] void throw_refused() const;

    CUstream stream_;
    CUcontext context_;
    Observer* observer_;  // null: nobody looks at commands
    Event begin_;         // for the observer
    Event event_;
    CUresult code_ = CUDA_SUCCESS;
    const char* refused_ = nullptr;  // by which of the driver's functions
};

[[noreturn]] JUGGLE_CUDA_EXPORT void throw_failed_wait(const Event& event, CUresult code);
[[noreturn]] JUGGLE_CUDA_EXPORT void throw_released(const std::string& resource);
[[noreturn]] JUGGLE_CUDA_EXPORT void throw_returned(CUresult code);

}  // namespace juggle::cuda::detail
