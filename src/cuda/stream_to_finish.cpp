#include "outcome_code.hpp"
#include "synchronize.hpp"

#include <juggle/bridge/report.hpp>
#include <juggle/cuda/detail/stream_to_finish.hpp>

#include <new>
#include <string>

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

}  // namespace

StreamToFinish::StreamToFinish(CUstream stream)
    : stream_{stream}, context_{StreamContext{"FinishAtEnd", stream}.context()} {}

bool StreamToFinish::finish() const noexcept {
    const CUresult code = synchronize(context_, stream_);
    const bool ended = code == CUDA_SUCCESS || is_gone(code);
    if (!ended) {
        report_refusal(code);
    }
    return ended;
}

}  // namespace juggle::cuda::detail
