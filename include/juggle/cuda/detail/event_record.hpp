#pragma once

#include <juggle/config.hpp>
#include <juggle/cuda/detail/export.hpp>

#include <atomic>
#include <cstdint>
#include <string>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

class EventShelf;

/// An event of the driver's that was recorded once, for all copies of the `Event` that stand for
/// it. It comes from a shelf and goes back there with the last copy.
class JUGGLE_CUDA_EXPORT EventRecord {
public:
    EventRecord(EventShelf& shelf, CUcontext context, CUevent event, bool timed) noexcept
        : shelf_{shelf}, context_{context}, event_{event}, timed_{timed} {}
    ~EventRecord() = default;
    EventRecord(const EventRecord&) = delete;
    EventRecord& operator=(const EventRecord&) = delete;

    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            go_back();
        }
    }

    /// What is known without asking: `CUDA_ERROR_NOT_READY` if it is not known to have settled,
    /// otherwise `CUDA_SUCCESS` or the code with which it has failed.
    [[nodiscard]] CUresult code() const noexcept { return code_.load(std::memory_order_acquire); }

    /// The same, but asks the driver if it is not known.
    CUresult look() noexcept {
        const CUresult known = code();
        return known == CUDA_ERROR_NOT_READY ? ask() : known;
    }

    /// The driver has refused to record it, with this code. Then it is asked to do so again each
    /// time, and until it does the stream is looked at instead, which may have more to do by then;
    /// no stream can wait for it. `CUDA_SUCCESS`: it is recorded.
    [[nodiscard]] CUresult refusal() const noexcept {
        return refusal_.load(std::memory_order_acquire);
    }

    /// Blocks until it has settled. False if nobody can say whether its commands have ended.
    [[nodiscard]] bool wait_on_host() noexcept;

    [[nodiscard]] CUcontext context() const noexcept { return context_; }
    /// Also where one context has come to be where another was.
    [[nodiscard]] bool has_context_of(const EventRecord& other) const noexcept {
        return &shelf_ == &other.shelf_;
    }
    [[nodiscard]] EventShelf& shelf() const noexcept { return shelf_; }
    [[nodiscard]] CUevent event() const noexcept { return event_; }
    /// The driver notes when it completes.
    [[nodiscard]] bool timed() const noexcept { return timed_; }
    [[nodiscard]] CUstream stream() const noexcept { return stream_; }
    /// Events that were recorded later have a higher one.
    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
    /// "an event of stream 0x7f0123456789". `std::bad_alloc`.
    [[nodiscard]] std::string describe() const;

private:
    friend EventShelf;

    /// Of a new life, in which nobody else has it yet.
    void begin(CUstream stream, CUresult refusal) noexcept {
        noted_.store(CUDA_SUCCESS, std::memory_order_relaxed);
        refusal_.store(refusal, std::memory_order_relaxed);
        stream_ = stream;
        code_.store(CUDA_ERROR_NOT_READY, std::memory_order_relaxed);
    }
    CUresult ask() noexcept;
    [[nodiscard]] CUresult query() noexcept;
    [[nodiscard]] CUresult query_unrecorded() noexcept;
    [[nodiscard]] CUresult synchronize() noexcept;
    CUresult settle(CUresult code, bool ended) noexcept;
    void go_back() noexcept;

    EventShelf& shelf_;
    CUcontext context_;
    CUevent event_;
    const bool timed_;
    CUstream stream_ = nullptr;
    std::uint64_t sequence_ = 0;
    std::atomic<std::uint32_t> references_{0};
    std::atomic<CUresult> code_{CUDA_ERROR_NOT_READY};
    /// The first error that a query gave while it had not settled.
    std::atomic<CUresult> noted_{CUDA_SUCCESS};
    std::atomic<CUresult> refusal_{CUDA_SUCCESS};
    /// It has failed, and its commands may be running all the same.
    std::atomic<bool> lost_{false};
    EventRecord* next_ = nullptr;  // on the shelf
};

}  // namespace juggle::cuda::detail
