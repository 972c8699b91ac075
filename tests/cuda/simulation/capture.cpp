#include "simulation.hpp"

#include <thread>

using support::Log;
using support::ManualSimulation;
using support::new_event;
using support::new_memory;
using support::new_stream;
using support::recorded;
using support::Simulation;

namespace {

constexpr auto global = CU_STREAM_CAPTURE_MODE_GLOBAL;
constexpr auto thread_local_mode = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
constexpr auto relaxed = CU_STREAM_CAPTURE_MODE_RELAXED;

CUstreamCaptureStatus status_of(CUstream stream) {
    CUstreamCaptureStatus status{};
    CU(cuStreamIsCapturing(stream, &status));
    return status;
}

bool is_captured(CUstream stream) { return status_of(stream) == CU_STREAM_CAPTURE_STATUS_ACTIVE; }
bool is_invalidated(CUstream stream) {
    return status_of(stream) == CU_STREAM_CAPTURE_STATUS_INVALIDATED;
}

/// A stream in a capture that was begun there, and is ended with it.
class Capturing {
public:
    explicit Capturing(CUstreamCaptureMode mode = relaxed) {
        CU(cuStreamBeginCapture(stream, mode));
    }
    Capturing(const Capturing&) = delete;
    Capturing& operator=(const Capturing&) = delete;
    ~Capturing() {
        if (!has_ended_) {
            (void)end();
        }
    }

    CUresult end() {
        CUgraph graph = nullptr;
        const CUresult result = cuStreamEndCapture(stream, &graph);
        has_ended_ = result != CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
        CHECK((graph != nullptr) == (result == CUDA_SUCCESS));
        if (graph != nullptr) {
            CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
            CHECK(cuGraphDestroy(graph) == CUDA_ERROR_INVALID_HANDLE);
        }
        return result;
    }

    const CUstream stream = new_stream();

private:
    bool has_ended_ = false;
};

void exchange(CUstreamCaptureMode mode, CUstreamCaptureMode before) {
    CU(cuThreadExchangeStreamCaptureMode(&mode));
    CHECK(mode == before);
}

}  // namespace

TEST_CASE("cuda simulation: what is captured is not done") {
    const ManualSimulation simulation;
    Log log;
    {
        Capturing capturing;
        CHECK(is_captured(capturing.stream));
        log.note(capturing.stream, "never");
        CU(cuMemsetD8Async(new_memory(1), 0, 1, capturing.stream));
        CHECK(juggle_cuda_simulation_pending(capturing.stream) == 0);
        CHECK(capturing.end() == CUDA_SUCCESS);
        CHECK(status_of(capturing.stream) == CU_STREAM_CAPTURE_STATUS_NONE);
        CU(cuEventRecord(new_event(), capturing.stream));
        CHECK(juggle_cuda_simulation_pending(capturing.stream) == 1);
    }
    CHECK(juggle_cuda_simulation_settle(0) == 1);
    CHECK(log.text().empty());
}

TEST_CASE("cuda simulation: a stream that waits for a captured event is in the capture too") {
    const ManualSimulation simulation;
    Capturing capturing;
    const CUstream other = new_stream();
    const CUevent fork = recorded(capturing.stream);
    CU(cuStreamWaitEvent(other, fork, 0));
    CHECK(is_captured(other));
    CU(cuMemsetD8Async(new_memory(1), 0, 1, other));

    SECTION("and is out of it with its end, if that waits for it") {
        const CUevent join = recorded(other);
        CU(cuStreamWaitEvent(capturing.stream, join, 0));
        CU(cuMemsetD8Async(new_memory(1), 0, 1, capturing.stream));
        CHECK(capturing.end() == CUDA_SUCCESS);
    }
    SECTION("and makes it fail, if that does not") {
        CHECK(capturing.end() == CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
    }
    SECTION("and cannot end it") {
        CUgraph graph = nullptr;
        CHECK(cuStreamEndCapture(other, &graph) == CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
        CHECK(capturing.end() == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    }
    CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_NONE);
}

TEST_CASE(
    "cuda simulation: neither a captured stream nor a captured event can be asked or waited for") {
    const Simulation simulation;
    Capturing capturing;
    const CUevent event = recorded(capturing.stream);
    const auto check = [&](CUresult given, CUresult expected) {
        CHECK(given == expected);
        CHECK(is_invalidated(capturing.stream));
        CHECK(cuLaunchHostFunc(
                  capturing.stream, [](void*) {}, nullptr) ==
              CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        CHECK(cuEventRecord(event, capturing.stream) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        CHECK(cuStreamWaitEvent(new_stream(), event, 0) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        CHECK(cuStreamWaitEvent(capturing.stream, new_event(), 0) ==
              CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        CHECK(capturing.end() == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        CU(cuStreamQuery(capturing.stream));
    };
    SECTION("stream query") {
        check(cuStreamQuery(capturing.stream), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    }
    SECTION("stream wait") {
        check(cuStreamSynchronize(capturing.stream), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    }
    SECTION("context wait") { check(cuCtxSynchronize(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED); }
    SECTION("event query") { check(cuEventQuery(event), CUDA_ERROR_CAPTURED_EVENT); }
    SECTION("event wait") { check(cuEventSynchronize(event), CUDA_ERROR_CAPTURED_EVENT); }
}

TEST_CASE("cuda simulation: a captured event is one of work again when it is recorded outside") {
    const Simulation simulation;
    const CUstream other = new_stream();
    CUevent event = nullptr;
    {
        Capturing capturing;
        event = recorded(capturing.stream);
        CHECK(capturing.end() == CUDA_SUCCESS);
    }
    CHECK(cuEventQuery(event) == CUDA_ERROR_CAPTURED_EVENT);
    CHECK(cuStreamWaitEvent(other, event, 0) == CUDA_ERROR_CAPTURED_EVENT);
    CU(cuEventRecord(event, other));
    CU(cuEventSynchronize(event));
}

TEST_CASE("cuda simulation: a captured stream waits for nothing outside of its capture") {
    const Simulation simulation;
    const CUevent outside = recorded(new_stream());
    CU(cuEventSynchronize(outside));
    Capturing capturing;
    SECTION("such as work") {
        CHECK(cuStreamWaitEvent(capturing.stream, outside, 0) ==
              CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
        CHECK(is_invalidated(capturing.stream));
    }
    SECTION("such as another capture") {
        Capturing another;
        CHECK(cuStreamWaitEvent(capturing.stream, recorded(another.stream), 0) ==
              CUDA_ERROR_STREAM_CAPTURE_MERGE);
        CHECK(is_invalidated(capturing.stream));
        CHECK(is_invalidated(another.stream));
    }
    SECTION("but for what was never recorded") {
        CU(cuStreamWaitEvent(capturing.stream, new_event(), 0));
        CHECK(is_captured(capturing.stream));
    }
}

TEST_CASE("cuda simulation: the legacy stream is in no capture, nor used beside a blocking one's") {
    const Simulation simulation;
    CHECK(cuStreamBeginCapture(nullptr, relaxed) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    const CUstream blocking = new_stream(CU_STREAM_DEFAULT);
    CU(cuStreamBeginCapture(blocking, relaxed));
    CUstreamCaptureStatus status{};
    CHECK(cuStreamIsCapturing(nullptr, &status) == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    CHECK(is_captured(blocking));
    CHECK(cuEventRecord(new_event(), nullptr) == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    CHECK(is_invalidated(blocking));
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    CUgraph graph = nullptr;
    CHECK(cuStreamEndCapture(blocking, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

    Capturing capturing;  // in a stream that is not blocking
    CU(cuEventRecord(new_event(), nullptr));
    CHECK(cuStreamWaitEvent(nullptr, recorded(capturing.stream), 0) ==
          CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
}

TEST_CASE("cuda simulation: a capture is begun once, and ended once") {
    const Simulation simulation;
    Capturing capturing;
    CHECK(cuStreamBeginCapture(capturing.stream, relaxed) == CUDA_ERROR_ILLEGAL_STATE);
    const CUstream other = new_stream();
    CHECK(cuStreamBeginCapture(other, static_cast<CUstreamCaptureMode>(3)) ==
          CUDA_ERROR_INVALID_VALUE);
    CUgraph graph = nullptr;
    CHECK(cuStreamEndCapture(other, &graph) == CUDA_ERROR_ILLEGAL_STATE);
    CHECK(cuStreamEndCapture(capturing.stream, nullptr) == CUDA_ERROR_INVALID_VALUE);
    CHECK(capturing.end() == CUDA_SUCCESS);
}

TEST_CASE("cuda simulation: a capture that is not relaxed is ended by the thread that began it") {
    const Simulation simulation;
    Capturing capturing{thread_local_mode};
    std::thread{[&] {
        CHECK(cuCtxPushCurrent(simulation.context()) == CUDA_SUCCESS);
        CHECK(capturing.end() == CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    }}.join();
    CHECK(capturing.end() == CUDA_SUCCESS);
}

TEST_CASE("cuda simulation: the end of a stream is that of its capture") {
    const Simulation simulation;
    const CUstream origin = new_stream();
    CU(cuStreamBeginCapture(origin, relaxed));
    const CUstream other = new_stream();
    CU(cuStreamWaitEvent(other, recorded(origin), 0));
    CU(cuStreamDestroy(origin));
    CHECK(status_of(other) == CU_STREAM_CAPTURE_STATUS_NONE);
}

TEST_CASE("cuda simulation: while a thread captures it makes no call that may be unsafe") {
    const Simulation simulation;
    const CUstream other = new_stream();
    const CUevent event = recorded(other);
    CU(cuEventSynchronize(event));
    for (const CUstreamCaptureMode mode : {global, thread_local_mode}) {
        Capturing capturing{mode};
        CHECK(cuEventQuery(event) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CHECK(is_invalidated(capturing.stream));
        CHECK(cuStreamQuery(other) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CHECK(cuStreamSynchronize(other) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CHECK(cuEventSynchronize(event) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CUdeviceptr device = 0;
        CHECK(cuMemAlloc(&device, 1) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        void* host = nullptr;
        CHECK(cuMemHostAlloc(&host, 1, 0) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CHECK(cuMemFree(0) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CHECK(cuMemFreeHost(nullptr) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        CHECK(capturing.end() == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    }
    Capturing capturing{relaxed};
    CU(cuEventQuery(event));
    CU(cuEventRecord(event, other));
    CHECK(is_captured(capturing.stream));
}

TEST_CASE("cuda simulation: a relaxed thread may, whatever it captures") {
    const Simulation simulation;
    const CUevent event = new_event();
    Capturing capturing{global};
    exchange(relaxed, global);
    CU(cuEventQuery(event));
    exchange(global, relaxed);
    CHECK(is_captured(capturing.stream));
    CUstreamCaptureMode none = static_cast<CUstreamCaptureMode>(3);
    CHECK(cuThreadExchangeStreamCaptureMode(&none) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuThreadExchangeStreamCaptureMode(nullptr) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE(
    "cuda simulation: a capture in global mode concerns all threads, but those that say "
    "otherwise") {
    const Simulation simulation;
    const CUevent event = new_event();
    SECTION("others in thread-local mode") {
        Capturing capturing{global};
        std::thread{[&] {
            exchange(thread_local_mode, global);
            CHECK(cuEventQuery(event) == CUDA_SUCCESS);
            exchange(global, thread_local_mode);
        }}.join();
        CHECK(capturing.end() == CUDA_SUCCESS);
    }
    SECTION("others in global mode") {
        Capturing capturing{global};
        std::thread{[&] {
            CHECK(cuEventQuery(event) == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        }}.join();
        CHECK(capturing.end() == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    }
    SECTION("a capture in thread-local mode") {
        Capturing capturing{thread_local_mode};
        std::thread{[&] { CHECK(cuEventQuery(event) == CUDA_SUCCESS); }}.join();
        CHECK(capturing.end() == CUDA_SUCCESS);
    }
}
