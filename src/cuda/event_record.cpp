#include "event_shelf.hpp"
#include "outcome_code.hpp"

#include <juggle/cuda/detail/event_record.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

CUresult EventRecord::query() noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    if (current.code() != CUDA_SUCCESS) {
        return current.code();
    }
    return refusal() == CUDA_SUCCESS ? driver.cuEventQuery(event_) : query_unrecorded();
}

/// A stream that is being captured may not be asked, and would record it into the graph.
CUresult EventRecord::query_unrecorded() noexcept {
    const Driver& driver = *loaded_driver();
    CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
    if (const CUresult code = driver.cuStreamIsCapturing(stream_, &status); code != CUDA_SUCCESS) {
        return code;
    }
    if (status != CU_STREAM_CAPTURE_STATUS_NONE) {
        return CUDA_ERROR_NOT_READY;
    }
    if (driver.cuEventRecord(event_, stream_) == CUDA_SUCCESS) {
        refusal_.store(CUDA_SUCCESS, std::memory_order_release);
        return driver.cuEventQuery(event_);
    }
    return driver.cuStreamQuery(stream_);
}

CUresult EventRecord::synchronize() noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    if (current.code() != CUDA_SUCCESS) {
        return current.code();
    }
    return refusal() == CUDA_SUCCESS ? driver.cuEventSynchronize(event_)
                                     : driver.cuStreamSynchronize(stream_);
}

/// An error that goes away again may have told of the commands all the same, for the driver tells
/// of earlier launches in whatever call comes next: it is noted, and is what the event has failed
/// with once it has settled. One that stays settles it.
CUresult EventRecord::ask() noexcept {
    constexpr int attempts = 8;
    CUresult code = CUDA_SUCCESS;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        code = query();
        if (code == CUDA_ERROR_NOT_READY || is_refusal(code)) {
            return CUDA_ERROR_NOT_READY;
        }
        if (code == CUDA_SUCCESS) {
            return settle(noted_, true);
        }
        CUresult none = CUDA_SUCCESS;
        noted_.compare_exchange_strong(none, code);
    }
    return settle(noted_, is_gone(code));
}

CUresult EventRecord::settle(CUresult code, bool ended) noexcept {
    if (!ended) {
        lost_ = true;
    }
    CUresult known = CUDA_ERROR_NOT_READY;
    return code_.compare_exchange_strong(known, code, std::memory_order_acq_rel) ? code : known;
}

bool EventRecord::wait_on_host() noexcept {
    constexpr int attempts = 100;
    int refusals = 0;
    while (look() == CUDA_ERROR_NOT_READY) {
        if (synchronize() == CUDA_SUCCESS) {
            continue;
        }
        if (++refusals == attempts) {
            return look() != CUDA_ERROR_NOT_READY && !lost_;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return !lost_;
}

std::string EventRecord::describe() const {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "an event of stream %p",
                  static_cast<const void*>(stream_));
    return text.data();
}

void EventRecord::go_back() noexcept { shelf_.put(*this); }

}  // namespace juggle::cuda::detail
