#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <cuda.h>

namespace common {

class CudaModule;

/// A kernel, which keeps the program that it is of.
struct CudaKernel {
    std::shared_ptr<const CudaModule> module;
    CUfunction function = nullptr;
};

/// Kernels in CUDA C++, compiled when the program runs by NVRTC: libnvrtc.so, of CUDA 11.2 or
/// later, or what the environment variable `JUGGLE_NVRTC_LIBRARY` names. In the context that was
/// current when they were built, until the last kernel has gone.
class CudaProgram {
public:
    /// For the device of the current context. `options` as for nvrtcCompileProgram, without the
    /// architecture. Throws Error if there is no NVRTC, if it knows nothing of the device, or if it
    /// refuses the source, with what it says; CudaError.
    CudaProgram(const std::string& source, std::vector<std::string> options);

    /// Throws CudaError.
    [[nodiscard]] CudaKernel kernel(const char* name) const;

private:
    std::shared_ptr<const CudaModule> module_;
};

/// The same for kernels that are OpenCL C, as far as opencl_c.cuh goes. `macros`: such as "TAPS=8".
[[nodiscard]] CudaProgram build_cuda_program(std::string_view opencl_c,
                                             const std::vector<std::string>& macros);

}  // namespace common
