// Captures: what is put into a stream is written down instead of done. The graphs that come of it
// cannot be launched.

#include "cuda_simulation/calls_made.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace layer::cuda {

namespace {

CUstreamCaptureMode& mode_of_thread() {
    static thread_local CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    return mode;
}

bool is_mode(CUstreamCaptureMode mode) {
    return mode == CU_STREAM_CAPTURE_MODE_GLOBAL || mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL ||
           mode == CU_STREAM_CAPTURE_MODE_RELAXED;
}

/// Whether a capture forbids the calling thread what may be unsafe.
bool forbids(const Capture& capture) {
    const CUstreamCaptureMode mode = mode_of_thread();
    if (mode == CU_STREAM_CAPTURE_MODE_RELAXED || capture.mode == CU_STREAM_CAPTURE_MODE_RELAXED) {
        return false;
    }
    return capture.thread == std::this_thread::get_id() ||
           (mode == CU_STREAM_CAPTURE_MODE_GLOBAL && capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL);
}

/// Whether one of the captures that `concerned` chooses is under way; it is invalidated then.
template <class Concerned>
bool invalidate(Driver& driver, Concerned concerned) {
    bool any = false;
    for (const StreamPtr& stream : driver.all_streams()) {
        if (stream->captured.capture && concerned(*stream)) {
            stream->captured.capture->is_invalidated = true;
            any = true;
        }
    }
    return any;
}

bool is_blocking_one_of(const Stream& stream, const Context* context) {
    return stream.is_blocking() && stream.context().get() == context;
}

void end(Driver& driver, const CapturePtr& capture) {
    capture->has_ended = true;
    for (const StreamPtr& stream : driver.all_streams()) {
        if (stream->captured.capture == capture) {
            stream->captured = {};
        }
    }
}

}  // namespace

CUresult refuse_unsafe(const Made& made) {
    return invalidate(made.driver,
                      [](const Stream& stream) { return forbids(*stream.captured.capture); })
               ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED
               : CUDA_SUCCESS;
}

CUresult refuse_captured(const Made& made, const Context& context) {
    return invalidate(made.driver,
                      [&](const Stream& stream) { return stream.context().get() == &context; })
               ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED
               : CUDA_SUCCESS;
}

CUresult refuse_captured(const Made& made, const Stream& stream) {
    return invalidate(made.driver, [&](const Stream& one) { return &one == &stream; })
               ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED
               : CUDA_SUCCESS;
}

CUresult refuse_captured(const Event& event) {
    if (!event.captured.capture) {
        return CUDA_SUCCESS;
    }
    event.captured.capture->is_invalidated = true;
    return CUDA_ERROR_CAPTURED_EVENT;
}

CUresult refuse_implicit(const Made& made, const Stream& stream) {
    return stream.is_legacy() &&
                   invalidate(made.driver,
                              [&](const Stream& one) {
                                  return is_blocking_one_of(one, stream.context().get());
                              })
               ? CUDA_ERROR_STREAM_CAPTURE_IMPLICIT
               : CUDA_SUCCESS;
}

CUresult join_capture(Stream& stream, const Event& event) {
    const CapturePtr of_stream = stream.captured.capture;
    const CapturePtr of_event = event.captured.capture;
    if (of_stream && of_stream->is_invalidated) {
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    if (!of_event) {
        if (event.recorded) {  // in work that is not captured
            of_stream->is_invalidated = true;
            return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
        }
        return CUDA_SUCCESS;
    }
    if (of_event->has_ended) {
        return refuse_captured(event);
    }
    if (of_event->is_invalidated) {
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    if (of_stream && of_stream != of_event) {
        of_stream->is_invalidated = of_event->is_invalidated = true;
        return CUDA_ERROR_STREAM_CAPTURE_MERGE;
    }
    if (stream.is_legacy()) {
        of_event->is_invalidated = true;
        return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    }
    stream.captured.join(event.captured);
    return CUDA_SUCCESS;
}

void leave_capture(const Made& made, const Stream& stream) {
    if (const CapturePtr capture = stream.captured.capture) {
        capture->is_invalidated = true;
        if (capture->origin == stream.handle()) {
            end(made.driver, capture);
        }
    }
}

namespace calls {

CUresult cuStreamBeginCapture(const Made& made, CUstream handle, CUstreamCaptureMode mode) {
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    if (!is_mode(mode)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (stream->is_legacy()) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    if (stream->captured.capture) {
        return CUDA_ERROR_ILLEGAL_STATE;
    }
    stream->captured.capture = std::make_shared<Capture>(
        Capture{.origin = handle, .mode = mode, .thread = std::this_thread::get_id()});
    return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(const Made& made, CUstream handle, CUgraph* graph) {
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    if (graph == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    const CapturePtr capture = stream->captured.capture;
    if (!capture) {
        return CUDA_ERROR_ILLEGAL_STATE;
    }
    if (capture->origin != handle) {
        capture->is_invalidated = true;
        return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    }
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED &&
        capture->thread != std::this_thread::get_id()) {
        return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    }
    *graph = nullptr;
    const bool all_joined =
        std::ranges::all_of(made.driver.all_streams(), [&](const StreamPtr& other) {
            return other->captured.capture != capture || stream->captured.is_after(other->captured);
        });
    end(made.driver, capture);
    if (capture->is_invalidated) {
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    if (!all_joined) {
        return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    }
    *graph = made.driver.new_handle<CUgraph>();
    made.driver.graphs.insert(*graph);
    return CUDA_SUCCESS;
}

CUresult cuStreamIsCapturing(const Made& made, CUstream handle, CUstreamCaptureStatus* status) {
    if (status == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (is_special(handle) && !made.context) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    if (stream->is_legacy() &&
        std::ranges::any_of(made.driver.all_streams(), [&](const StreamPtr& other) {
            return other->captured.capture && is_blocking_one_of(*other, stream->context().get());
        })) {
        return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    }
    const CapturePtr& capture = stream->captured.capture;
    *status = !capture                  ? CU_STREAM_CAPTURE_STATUS_NONE
              : capture->is_invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                        : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
}

CUresult cuThreadExchangeStreamCaptureMode(const Made& /*made*/, CUstreamCaptureMode* mode) {
    if (mode == nullptr || !is_mode(*mode)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::swap(*mode, mode_of_thread());
    return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(const Made& made, CUgraph graph) {
    return made.driver.graphs.erase(graph) == 0 ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

}  // namespace calls

}  // namespace layer::cuda
