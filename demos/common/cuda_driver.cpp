#include "common/cuda_driver.hpp"

#include "common/error.hpp"
#include "common/shared_library.hpp"

// The name of a function behind cuda.h's macros: cuMemAlloc is cuMemAlloc_v2.
#define COMMON_TEXT(name) #name
#define COMMON_SYMBOL(name) COMMON_TEXT(name)

namespace common {
namespace {

CudaDriver load_driver() {
    const SharedLibrary library{"JUGGLE_CUDA_LIBRARY",
                                {"libcuda.so.1"},
                                "there is no CUDA driver (it comes with NVIDIA's device driver)"};
    CudaDriver driver;
#define COMMON_CUDA_FIND(name) library.find(driver.name, COMMON_SYMBOL(name))
    COMMON_CUDA_FUNCTIONS(COMMON_CUDA_FIND);
#undef COMMON_CUDA_FIND
    return driver;
}

std::string described(CUresult code, const std::string& call) {
    const char* name = nullptr;
    const char* text = nullptr;
    static_cast<void>(cuda_driver().cuGetErrorName(code, &name));
    static_cast<void>(cuda_driver().cuGetErrorString(code, &text));
    return call + " failed with " + (name == nullptr ? "an error" : name) + " (" +
           std::to_string(static_cast<int>(code)) + ')' +
           (text == nullptr ? "" : std::string{": "} + text);
}

}  // namespace

const CudaDriver& cuda_driver() {
    static const CudaDriver driver = load_driver();
    return driver;
}

CudaError::CudaError(CUresult code, const std::string& call)
    : std::runtime_error{described(code, call)}, code_{code} {}

void check_cuda(CUresult code, const char* call) {
    if (code != CUDA_SUCCESS) {
        throw CudaError(code, call);
    }
}

}  // namespace common
