#include "synchronize.hpp"

#include "outcome_code.hpp"

#include <chrono>
#include <thread>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

CUresult try_to_synchronize(CUcontext context, CUstream stream) noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context};
    return current.code() == CUDA_SUCCESS ? driver.cuStreamSynchronize(stream) : current.code();
}

}  // namespace

CUresult synchronize(CUcontext context, CUstream stream) noexcept {
    constexpr int attempts = 100;
    CUresult code = try_to_synchronize(context, stream);
    for (int attempt = 1; code != CUDA_SUCCESS && !ends_context(code) && attempt < attempts;
         ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        code = try_to_synchronize(context, stream);
    }
    return code;
}

}  // namespace juggle::cuda::detail
