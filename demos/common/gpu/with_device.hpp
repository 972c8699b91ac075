#pragma once

#include "common/backend.hpp"
#include "common/error.hpp"
#include "common/gpu/devices.hpp"

#include <string>

namespace common::gpu {

/// Calls a function with the device that was asked for, and gives what it gives. Throws Error if
/// there is none; cl::Error, CudaError.
template <class Function>
auto with_device(Backend backend, const std::string& platform, const std::string& device,
                 Function function) {
#ifdef DEMOS_CUDA
    if (backend == Backend::cuda) {
        if (!platform.empty()) {
            throw Error("--platform: '" + platform + "': CUDA has no platforms");
        }
        return function(CudaDevice{device});
    }
#endif
    static_cast<void>(backend);  // the other one is none that there is
    return function(OpenClDevice{platform, device});
}

}  // namespace common::gpu
