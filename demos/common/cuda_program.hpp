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

/// Compiled kernels in the context that was current when they were loaded, until the last of them
/// has gone.
class CudaProgram {
public:
    /// Throws CudaError.
    explicit CudaProgram(const std::string& image);

    /// Throws CudaError.
    [[nodiscard]] CudaKernel kernel(const char* name) const;

private:
    std::shared_ptr<const CudaModule> module_;
};

/// Of the current context's device, as 90 of compute capability 9.0. Throws CudaError.
[[nodiscard]] int cuda_architecture();

/// Compiles kernels that are OpenCL C, as far as opencl_c.cuh goes, and rounds each operation by
/// itself. `macros`: such as "TAPS=8". As compile_by_nvrtc.
[[nodiscard]] std::string compile_opencl_c(std::string_view source,
                                           const std::vector<std::string>& macros,
                                           int architecture);

}  // namespace common
