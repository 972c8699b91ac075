#include "common/gpu/cuda_queue.hpp"

#include <juggle/cuda/timeline.hpp>

namespace common::gpu {
namespace {

std::shared_ptr<CUstream_st> make_stream(const CudaContextPtr& context) {
    const CudaContextScope current{context->native()};
    CUstream made = nullptr;
    COMMON_CUDA(cuStreamCreate, &made, CU_STREAM_NON_BLOCKING);
    return {made, [context](CUstream stream) noexcept {
                context->give_back([stream](const CudaDriver& driver) {
                    static_cast<void>(driver.cuStreamDestroy(stream));
                });
            }};
}

}  // namespace

CudaQueue::CudaQueue(CudaContextPtr context, juggle::Timeline* timeline, std::string_view name)
    : context_{std::move(context)}, stream_{make_stream(context_)}, timeline_{timeline} {
    if (timeline != nullptr) {
        juggle::cuda::name_stream(*timeline, native(), name);
    }
}

void CudaQueue::finish() const {
    const CudaContextScope current{context_->native()};
    COMMON_CUDA(cuStreamSynchronize, native());
}

}  // namespace common::gpu
