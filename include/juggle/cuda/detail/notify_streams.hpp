#pragma once

#include <juggle/cuda/detail/event_record.hpp>

#include <vector>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Streams of juggle's own, in which host functions are called behind events: not in the streams of
/// the program, which would stand still meanwhile. In such a stream events of one stream follow
/// each other as they were recorded, so that none waits for one that comes later.
class NotifyStreams {
public:
    NotifyStreams() = default;
    NotifyStreams(const NotifyStreams&) = delete;
    NotifyStreams& operator=(const NotifyStreams&) = delete;
    ~NotifyStreams();

    /// Lets the driver call the function when the event has completed. False if it refuses, or if
    /// there is no memory; it may be called all the same.
    [[nodiscard]] bool notify(EventRecord& record, CUhostFn function, void* argument) noexcept;

private:
    struct One {
        CUstream stream;
        EventRecord* last;  // for which it waits, or has
    };

    [[nodiscard]] One* find(const EventRecord& record) noexcept;
    [[nodiscard]] One* add(EventRecord& record) noexcept;

    std::vector<One> streams_;
};

}  // namespace juggle::cuda::detail
