#include <juggle/bridge/report.hpp>
#include <juggle/opencl/detail/queue_to_finish.hpp>
#include <juggle/opencl/error.hpp>

#include <chrono>
#include <new>
#include <string>
#include <thread>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

void report_refusal(cl_int status) noexcept {
    try {
        bridge::report(
            "juggle: FinishAtEnd: clFinish failed with " + std::string{status_name(status)} + " (" +
            std::to_string(status) +
            "): nobody knows whether all commands have ended; named memory is never freed");
    } catch (const std::bad_alloc&) {
        bridge::report("juggle: FinishAtEnd: clFinish failed, and no memory to say how");
    }
}

}  // namespace

void QueueToFinish::check_queue(cl_command_queue queue) {
    if (queue == nullptr) {
        throw Error{CL_INVALID_COMMAND_QUEUE, "FinishAtEnd: argument 'queue', is null"};
    }
}

bool QueueToFinish::finish(cl_command_queue queue) noexcept {
    constexpr int attempts = 100;
    cl_int status = clFinish(queue);
    for (int attempt = 1; status != CL_SUCCESS && attempt < attempts; ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        status = clFinish(queue);
    }
    if (status != CL_SUCCESS) {
        report_refusal(status);
    }
    return status == CL_SUCCESS;
}

}  // namespace juggle::opencl::detail
