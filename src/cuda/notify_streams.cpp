#include "current_context.hpp"

#include <juggle/cuda/detail/notify_streams.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

NotifyStreams::~NotifyStreams() {
    for (const One& one : streams_) {
        const Driver& driver = *loaded_driver();
        const CurrentContext current{driver, one.last->context()};
        if (current.code() == CUDA_SUCCESS) {
            (void)driver.cuStreamDestroy(one.stream);  // what is in it is done by the driver
        }
        one.last->release();
    }
}

bool NotifyStreams::notify(EventRecord& record, CUhostFn function, void* argument) noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, record.context()};
    if (current.code() != CUDA_SUCCESS || record.refusal() != CUDA_SUCCESS) {
        return false;
    }
    One* one = find(record);
    one = one == nullptr ? add(record) : one;
    if (one == nullptr || driver.cuStreamWaitEvent(one->stream, record.event(),
                                                   CU_EVENT_WAIT_DEFAULT) != CUDA_SUCCESS) {
        return false;
    }
    record.retain();
    std::exchange(one->last, &record)->release();
    return driver.cuLaunchHostFunc(one->stream, function, argument) == CUDA_SUCCESS;
}

NotifyStreams::One* NotifyStreams::find(const EventRecord& record) noexcept {
    One* idle = nullptr;
    for (One& one : streams_) {
        if (!one.last->has_context_of(record)) {
            continue;
        }
        if (one.last->code() != CUDA_ERROR_NOT_READY) {
            idle = &one;
        } else if (one.last->stream() == record.stream() &&
                   one.last->sequence() <= record.sequence()) {
            return &one;
        }
    }
    return idle;
}

NotifyStreams::One* NotifyStreams::add(EventRecord& record) noexcept {
    constexpr std::size_t max_streams = 128;
    if (streams_.size() == max_streams) {
        return nullptr;
    }
    try {
        streams_.reserve(streams_.size() + 1);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
    CUstream stream = nullptr;
    if (loaded_driver()->cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS) {
        return nullptr;
    }
    record.retain();
    return &streams_.emplace_back(One{stream, &record});
}

}  // namespace juggle::cuda::detail
