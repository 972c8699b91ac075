#include "outcome_code.hpp"

#include <juggle/bridge/report.hpp>
#include <juggle/cuda/detail/pinned_memory.hpp>

#include <limits>
#include <new>
#include <string>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

PinnedMemory::PinnedMemory(std::size_t count, std::size_t element_bytes) {
    if (count == 0) {
        return;
    }
    if (count > std::numeric_limits<std::size_t>::max() / element_bytes) {
        throw Error{CUDA_ERROR_OUT_OF_MEMORY, "PinnedBuffer: argument 'size', " +
                                                  std::to_string(count) + " elements of " +
                                                  std::to_string(element_bytes) + " bytes"};
    }
    const Driver& driver = detail::driver("PinnedBuffer");
    check(driver.cuCtxGetCurrent(&context_), "PinnedBuffer", "cuCtxGetCurrent");
    if (context_ == nullptr) {
        throw Error{CUDA_ERROR_INVALID_CONTEXT, "PinnedBuffer: the thread has no current context"};
    }
    const std::size_t bytes = count * element_bytes;
    if (const CUresult code = driver.cuMemHostAlloc(&memory_, bytes, CU_MEMHOSTALLOC_PORTABLE);
        code != CUDA_SUCCESS) {
        memory_ = nullptr;
        throw Error{code, "PinnedBuffer: cuMemHostAlloc of " + std::to_string(bytes) + " bytes"};
    }
}

void PinnedMemory::free() noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    const CUresult code =
        current.code() == CUDA_SUCCESS ? driver.cuMemFreeHost(memory_) : current.code();
    if (code == CUDA_SUCCESS || ends_context(code)) {
        return;  // it goes with its context
    }
    try {
        bridge::report(Error{code, "the end of a PinnedBuffer: cuMemFreeHost"}.what());
    } catch (const std::bad_alloc&) {
        bridge::report("juggle: the end of a cuda::PinnedBuffer: cuMemFreeHost failed");
    }
}

}  // namespace juggle::cuda::detail
