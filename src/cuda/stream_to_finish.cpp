#include "outcome_code.hpp"

#include <juggle/bridge/report.hpp>
#include <juggle/cuda/detail/stream_to_finish.hpp>

#include <chrono>
#include <new>
#include <string>
#include <thread>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

void report_refusal(CUresult code) noexcept {
    try {
        bridge::report(
            Error{code, "FinishAtEnd: cuStreamSynchronize"}.what() +
            std::string{"; nobody knows whether all work has ended; named memory is never freed"});
    } catch (const std::bad_alloc&) {
        bridge::report("juggle: FinishAtEnd: cuStreamSynchronize failed, and no memory to say how");
    }
}

CUresult synchronize(CUcontext context, CUstream stream) noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context};
    return current.code() == CUDA_SUCCESS ? driver.cuStreamSynchronize(stream) : current.code();
}

}  // namespace

StreamToFinish::StreamToFinish(CUstream stream)
    : stream_{stream}, context_{StreamContext{"FinishAtEnd", stream}.context()} {}

bool StreamToFinish::finish() const noexcept {
    constexpr int attempts = 100;
    CUresult code = synchronize(context_, stream_);
    for (int attempt = 1; code != CUDA_SUCCESS && !ends_context(code) && attempt < attempts;
         ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        code = synchronize(context_, stream_);
    }
    const bool ended = code == CUDA_SUCCESS || is_gone(code);
    if (!ended) {
        report_refusal(code);
    }
    return ended;
}

}  // namespace juggle::cuda::detail
