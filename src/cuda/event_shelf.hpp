#pragma once

#include "stream_context.hpp"

#include <juggle/cuda/detail/event_record.hpp>

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

    /// Records an event that nobody else has, with one reference. Its context is current.
    /// `Error` if the driver refuses, `std::bad_alloc`.
    [[nodiscard]] EventRecord& record(const StreamContext& context, CUstream stream,
                                      const char* call);

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

    [[nodiscard]] EventRecord* take(Queue& queue) noexcept;
    [[nodiscard]] EventRecord& obtain(const Driver& driver, const char* call);

    const CUcontext context_;
    const std::uint64_t id_;
    std::mutex mutex_;
    Queue settled_;
    Queue unsettled_;
    Queue lost_;  // never used again
    EventShelf* next_ = nullptr;
};

}  // namespace juggle::cuda::detail
