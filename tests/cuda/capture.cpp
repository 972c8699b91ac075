// Streams that are being captured into a graph.

#include "support/cuda_device.hpp"

#include <functional>
#include <stdexcept>

namespace jcu = juggle::cuda;
using support::exception_by;

namespace {

/// While it lives, a stream is being captured.
class Capture {
public:
    explicit Capture(CUstream stream,
                     CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
        : stream_{stream} {
        support::check_cu(cuStreamBeginCapture(stream, mode), "cuStreamBeginCapture");
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    ~Capture() {
        CUgraph graph = nullptr;
        code = cuStreamEndCapture(stream_, &graph);
    }
    inline static CUresult code = CUDA_SUCCESS;

private:
    CUstream stream_;
};

void check_refused(const char* call, const std::function<void()>& function) {
    const std::exception_ptr error = exception_by(function);
    INFO(support::text_of(error));
    CHECK(support::is<std::logic_error>(error));
    CHECK(support::contains(support::text_of(error), std::string{"juggle: cuda::"} + call));
    CHECK(support::contains(support::text_of(error), "being captured"));
}

}  // namespace

TEST_CASE("what is given to a stream that is being captured is refused, and spoils no graph") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const support::Gate gate = device.gate();
    {
        const Capture capture{stream};
        support::CudaDevice::rules("");
        check_refused("record", [&] { (void)jcu::record(stream); });
        check_refused("wait_on", [&] { jcu::wait_on(stream, gate.event); });
        check_refused("record", [&] { (void)jcu::finish(stream); });
        check_refused("FinishAtEnd", [&] { const jcu::FinishAtEnd work_ends{stream}; });
        CHECK(support::CudaDevice::calls("cuEventRecord") == 0);
        CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 0);
    }
    CHECK(Capture::code == CUDA_SUCCESS);
    CHECK(jcu::record(stream));
}

TEST_CASE("the legacy stream is refused while a stream that it waits for is being captured") {
    support::CudaDevice device;
    CUstream stream = device.stream(CU_STREAM_DEFAULT);
    const Capture capture{stream};
    check_refused("record", [] { (void)jcu::record(nullptr); });
}

CUDA_TEST_CASE("events of other streams are awaited while one is being captured") {
    CUstream stream = device.stream();
    const support::Gate gate = device.gate();
    {
        const Capture capture{stream};
        const auto task = executor.spawn(support::await_event(gate.event));
        co_await support::a_few_turns();
        gate.open();
        co_await task;
    }
    CHECK(Capture::code == CUDA_SUCCESS);
}
