#include "common/gpu/cuda/queue.hpp"

#include "common/cuda_driver.hpp"

#include <juggle/cuda/timeline.hpp>

#include <utility>

namespace common::on_cuda {

Queue::Queue(Context context) : context_{std::move(context)} {
    CUstream stream = nullptr;
    COMMON_CUDA(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
    stream_.reset(stream);
}

void Queue::finish() const { COMMON_CUDA(cuStreamSynchronize, stream_.get()); }

void Queue::Destroy::operator()(CUstream stream) const noexcept {
    cuda_driver().cuStreamDestroy(stream);
}

Queue make_queue(const Context& context, const Device& /*device*/, juggle::Timeline* timeline,
                 std::string_view name, bool /*timed*/) {
    Queue queue{context};
    if (timeline != nullptr) {
        juggle::cuda::name_stream(*timeline, queue, name);
    }
    return queue;
}

}  // namespace common::on_cuda
