#include "command_recorder.hpp"
#include "event_shelf.hpp"
#include "wait_for.hpp"

#include <juggle/cuda/detail/submission.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

constexpr const char* name = "enqueue";

/// A thread that captures may not use its context otherwise.
CUresult capture_code(const Driver& driver, CUstream stream) noexcept {
    CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
    const CUresult code = driver.cuStreamIsCapturing(stream, &status);
    return code == CUDA_SUCCESS && status != CU_STREAM_CAPTURE_STATUS_NONE
               ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED
               : code;
}

}  // namespace

CUcontext context_for_enqueue(CUstream stream) { return StreamContext::context_of(name, stream); }

Submission::Submission(CUstream stream, CUcontext context, std::span<const Event> waits,
                       Observer* observer)
    : stream_{stream}, context_{context}, observer_{if_looks_at_commands(observer)} {
    const StreamContext current{name, stream, context};
    const Driver& driver = current.driver();
    event_ =
        EventAccess::make(EventShelf::of(current, name).take(driver, name, observer_ != nullptr));
    wait_for(current, stream, waits, name);
    if (observer_ != nullptr) {
        begin_ = record_mark(current, stream);
        begin_work(*observer_, stream);
    }
}

void Submission::call(void (*function)(void* argument), void* argument) const {
    const PushedContext current{*loaded_driver(), context_};
    check(current.code(), name, current.call());
    function(argument);
}

void Submission::record() noexcept {
    const Driver& driver = *loaded_driver();
    EventRecord& record = *EventAccess::record(event_);
    const CurrentContext current{driver, context_};
    code_ = current.code();
    refused_ = current.call();
    if (code_ == CUDA_SUCCESS) {
        code_ = capture_code(driver, stream_);
        refused_ = "cuStreamIsCapturing";
    }
    if (code_ == CUDA_SUCCESS) {
        code_ = EventShelf::record(driver, record, stream_);
        refused_ = "cuEventRecord";
    }
    if (code_ != CUDA_SUCCESS) [[unlikely]] {
        EventShelf::record_later(record, stream_, code_);
    } else if (observer_ != nullptr) [[unlikely]] {
        record_work(*observer_, begin_, event_);
    }
}

void Submission::throw_refused() const {
    if (is_of_capture(code_)) {
        StreamContext::throw_captured(name);
    }
    throw Error{code_, call_name(name, refused_)};
}

void throw_failed_wait(const Event& event, CUresult code) {
    throw Error{code, call_name(name, event.describe().c_str())};
}

void throw_released(const std::string& resource) {
    throw std::logic_error{
        "juggle: cuda::enqueue: the function released or moved its ticket of resource " + resource};
}

void throw_returned(CUresult code) {
    throw Error{code, call_name(name, "what the function returned")};
}

}  // namespace juggle::cuda::detail
