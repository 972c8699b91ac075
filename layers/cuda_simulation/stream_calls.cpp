// Streams and events, and what is put into a stream.

#include "cuda_simulation/calls_made.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace layer::cuda {

bool is_special(CUstream stream) noexcept {
    return stream == nullptr || stream == CU_STREAM_LEGACY || stream == CU_STREAM_PER_THREAD;
}

CUresult unknown(const Made& made, const void* handle) {
    return made.driver.orphans.contains(handle) ? CUDA_ERROR_CONTEXT_IS_DESTROYED
                                                : CUDA_ERROR_INVALID_HANDLE;
}

CUresult find(const Made& made, CUstream handle, StreamPtr& stream) {
    stream = made.driver.find_stream(handle, made.context);
    return stream ? stream->context()->error : unknown(made, handle);
}

CUresult find(const Made& made, CUevent handle, EventPtr& event) {
    const auto found = made.driver.events.find(handle);
    if (found == made.driver.events.end()) {
        return unknown(made, handle);
    }
    event = found->second;
    return event->context->error;
}

CUresult enqueue(const Made& made, Stream& stream, Command command) {
    if (const CUresult error = refuse_implicit(made, stream)) {
        return error;
    }
    if (const CapturePtr& capture = stream.captured.capture) {
        if (capture->is_invalidated) {
            return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        }
        stream.captured.add_node();
        return CUDA_SUCCESS;
    }
    if (made.fate.is_skipped) {
        command.work = nullptr;
        command.error = CUDA_SUCCESS;
    }
    if (made.fate.async != CUDA_SUCCESS) {
        command.error = made.fate.async;
    }
    made.driver.enqueue(stream, std::move(command));
    return CUDA_SUCCESS;
}

CUresult enqueue(const Made& made, CUstream handle, std::function<CUresult()> work) {
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    return enqueue(made, *stream, Command{.work = std::move(work)});
}

namespace calls {

namespace {

/// Captures against a call that asks or waits for a stream or an event.
CUresult refuse_waiting(const Made& made, const Stream& stream) {
    if (const CUresult error = refuse_captured(made, stream)) {
        return error;
    }
    if (const CUresult error = refuse_implicit(made, stream)) {
        return error;
    }
    return refuse_unsafe(made);
}

CUresult refuse_waiting(const Made& made, const Event& event) {
    const CUresult error = refuse_captured(event);
    return error != CUDA_SUCCESS ? error : refuse_unsafe(made);
}

CUresult create_stream(const Made& made, CUstream* result, unsigned flags) {
    if (result == nullptr || (flags & ~unsigned{CU_STREAM_NON_BLOCKING}) != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    const auto handle = made.driver.new_handle<CUstream>();
    made.driver.streams.emplace(
        handle, made.driver.make_stream(made.context, handle, flags == CU_STREAM_DEFAULT));
    *result = handle;
    return CUDA_SUCCESS;
}

}  // namespace

// ---- streams

CUresult cuStreamCreate(const Made& made, CUstream* result, unsigned flags) {
    return create_stream(made, result, flags);
}

CUresult cuStreamCreateWithPriority(const Made& made, CUstream* result, unsigned flags,
                                    int /*priority*/) {
    return create_stream(made, result, flags);
}

CUresult cuStreamDestroy(const Made& made, CUstream handle) {
    const auto found = made.driver.streams.find(handle);
    if (found == made.driver.streams.end()) {
        return unknown(made, handle);
    }
    const StreamPtr stream = found->second;
    leave_capture(made, *stream);
    made.driver.close(stream);
    return stream->context()->error;
}

CUresult cuStreamGetCtx(const Made& made, CUstream handle, CUcontext* result) {
    if (result == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (is_special(handle)) {
        if (!made.context) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        *result = made.context->handle;
        return CUDA_SUCCESS;
    }
    const auto found = made.driver.streams.find(handle);
    if (found == made.driver.streams.end()) {
        return unknown(made, handle);
    }
    *result = found->second->context()->handle;
    return CUDA_SUCCESS;
}

CUresult cuStreamQuery(const Made& made, CUstream handle) {
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    if (const CUresult error = refuse_waiting(made, *stream)) {
        return error;
    }
    return stream->end()->has_settled ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

CUresult cuStreamSynchronize(const Made& made, CUstream handle) {
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    if (const CUresult error = refuse_waiting(made, *stream)) {
        return error;
    }
    made.driver.wait(made.lock, PointPtr{stream->end()});
    return stream->context()->error;
}

CUresult cuStreamWaitEvent(const Made& made, CUstream handle, CUevent event_handle,
                           unsigned flags) {
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    const auto found = made.driver.events.find(event_handle);
    if (found == made.driver.events.end()) {
        return unknown(made, event_handle);
    }
    if (flags != CU_EVENT_WAIT_DEFAULT) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    const Event& event = *found->second;
    if (stream->captured.capture || event.captured.capture) {
        const CUresult error = refuse_implicit(made, *stream);
        return error != CUDA_SUCCESS ? error : join_capture(*stream, event);
    }
    Command command;
    if (event.recorded) {
        command.waits_for.push_back(event.recorded);
    }
    return enqueue(made, *stream, std::move(command));
}

CUresult cuLaunchHostFunc(const Made& made, CUstream handle, CUhostFn function, void* user_data) {
    if (function == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    const auto call = [=] { call_program([=] { function(user_data); }); };
    const auto work = [call, delivery = made.fate.delivery] {
        Faults::instance().deliveries.due(delivery, call);
        return CUDA_SUCCESS;
    };
    const CUresult error = enqueue(made, *stream, Command{.work = work});
    if (error == CUDA_SUCCESS && made.fate.delivery.way == Way::early &&
        !stream->captured.capture) {
        made.lock.unlock();
        call();
        made.lock.lock();
    }
    return error;
}

// ---- events

CUresult cuEventCreate(const Made& made, CUevent* result, unsigned flags) {
    constexpr unsigned known = CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING;
    if (result == nullptr || (flags & ~known) != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    const auto handle = made.driver.new_handle<CUevent>();
    const auto event = std::make_shared<Event>();
    event->context = made.context;
    event->flags = flags;
    made.driver.events.emplace(handle, event);
    *result = handle;
    return CUDA_SUCCESS;
}

CUresult cuEventDestroy(const Made& made, CUevent handle) {
    const auto found = made.driver.events.find(handle);
    if (found == made.driver.events.end()) {
        return unknown(made, handle);
    }
    const CUresult error = found->second->context->error;
    made.driver.events.erase(found);
    return error;
}

CUresult cuEventRecord(const Made& made, CUevent event_handle, CUstream handle) {
    EventPtr event;
    if (const CUresult error = find(made, event_handle, event)) {
        return error;
    }
    StreamPtr stream;
    if (const CUresult error = find(made, handle, stream)) {
        return error;
    }
    if (stream->context() != event->context) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    Command command;
    PointPtr end = command.end;
    const Captured before = stream->captured;
    if (const CUresult error = enqueue(made, *stream, std::move(command))) {
        return error;
    }
    // A capture has no command for it.
    event->captured = stream->captured = before;
    event->recorded = before.capture ? nullptr : std::move(end);
    return CUDA_SUCCESS;
}

CUresult cuEventQuery(const Made& made, CUevent handle) {
    EventPtr event;
    if (const CUresult error = find(made, handle, event)) {
        return error;
    }
    if (const CUresult error = refuse_waiting(made, *event)) {
        return error;
    }
    return !event->recorded || event->recorded->has_settled ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

CUresult cuEventSynchronize(const Made& made, CUevent handle) {
    EventPtr event;
    if (const CUresult error = find(made, handle, event)) {
        return error;
    }
    if (const CUresult error = refuse_waiting(made, *event)) {
        return error;
    }
    if (const PointPtr recorded = event->recorded) {
        made.driver.wait(made.lock, recorded);
    }
    return event->context->error;
}

CUresult cuEventElapsedTime(const Made& made, float* milliseconds, CUevent start_handle,
                            CUevent end_handle) {
    if (milliseconds == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    EventPtr start;
    if (const CUresult error = find(made, start_handle, start)) {
        return error;
    }
    EventPtr end;
    if (const CUresult error = find(made, end_handle, end)) {
        return error;
    }
    if (start->context != end->context || !start->recorded || !end->recorded ||
        ((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING) != 0) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (!start->recorded->has_settled || !end->recorded->has_settled) {
        return CUDA_ERROR_NOT_READY;
    }
    *milliseconds = static_cast<float>(end->recorded->milliseconds - start->recorded->milliseconds);
    return CUDA_SUCCESS;
}

}  // namespace calls

}  // namespace layer::cuda
