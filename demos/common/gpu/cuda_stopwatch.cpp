#include "common/gpu/cuda_stopwatch.hpp"

namespace common::gpu {

void CudaStopwatch::record(Mark& mark, const CudaCommands& commands) const {
    if (!runs_) {
        return;
    }
    CUevent made = nullptr;
    COMMON_CUDA(cuEventCreate, &made, CU_EVENT_DEFAULT);
    mark = {made, [context = context_](CUevent event) noexcept {
                context->give_back([event](const CudaDriver& driver) {
                    static_cast<void>(driver.cuEventDestroy(event));
                });
            }};
    COMMON_CUDA(cuEventRecord, made, commands.stream());
}

std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> CudaStopwatch::times(
    const juggle::cuda::Event& /*last*/,
    std::optional<std::chrono::nanoseconds> /*possible*/) const {
    const CudaContextScope current{context_->native()};
    float milliseconds = 0;
    COMMON_CUDA(cuEventElapsedTime, &milliseconds, begin_.get(), end_.get());
    const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
    const std::chrono::duration<float, std::milli> taken{milliseconds};
    return {now - std::chrono::duration_cast<std::chrono::nanoseconds>(taken), now};
}

}  // namespace common::gpu
