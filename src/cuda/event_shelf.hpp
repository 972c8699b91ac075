#pragma once

#include "stream_context.hpp"

#include <juggle/cuda/detail/event_record.hpp>

#include <array>
#include <cstdint>
#include <mutex>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// The events of one context that no copy is left of, until they are recorded again. Shelves and
/// events live until the process ends, as the driver does.
class EventShelf {
public:
    /// That of the stream's context. `Error` if the driver refuses, `std::bad_alloc`.
    [[nodiscard]] static EventShelf& of(const StreamContext& stream, const char* call);

    EventShelf(const EventShelf&) = delete;
    EventShelf& operator=(const EventShelf&) = delete;

    /// One that nobody else has, with one reference, and that stands for nothing yet. Its context
    /// is current. `timed`: the driver is to note when it completes. `Error` if the driver refuses,
    /// `std::bad_alloc`.
    [[nodiscard]] EventRecord& take(const Driver& driver, const char* call, bool timed);

    /// Records one that was taken. Its context is current. If the driver refuses, it may have done
    /// so nevertheless.
    [[nodiscard]] static CUresult record(const Driver& driver, EventRecord& record,
                                         CUstream stream) noexcept;

    /// One that was taken, and that the driver has refused to record, is recorded later: see
    /// `EventRecord::refusal`. Of the stream that each thread has of its own it has failed.
    static void record_later(EventRecord& record, CUstream stream, CUresult refusal) noexcept;

    void put(EventRecord& record) noexcept;

private:
    EventShelf(CUcontext context, std::uint64_t id) noexcept : context_{context}, id_{id} {}

    /// In the order in which they were put.
    struct Queue {
        void push(EventRecord& record) noexcept;
        [[nodiscard]] EventRecord* pop() noexcept;
        EventRecord* first = nullptr;
        EventRecord* last = nullptr;
    };

    [[nodiscard]] EventRecord* pop(Queue& queue) noexcept;
    [[nodiscard]] EventRecord& obtain(const Driver& driver, const char* call, bool timed);

    CUcontext context_;
    const std::uint64_t id_;
    std::mutex mutex_;
    /// Of one kind: those that are timed, or those that are not.
    struct Kind {
        Queue settled;
        Queue unsettled;
    };

    std::array<Kind, 2> kinds_;  // [timed]
    Queue lost_;                 // never used again
    EventShelf* next_ = nullptr;
};

}  // namespace juggle::cuda::detail
