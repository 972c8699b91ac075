#include "common/backend.hpp"

#include "common/error.hpp"

namespace common {
namespace {

#ifdef ON_OPENCL
constexpr bool has_opencl = true;
#else
constexpr bool has_opencl = false;
#endif
#ifdef ON_CUDA
constexpr bool has_cuda = true;
#else
constexpr bool has_cuda = false;
#endif

}  // namespace

std::string_view name_of(Backend backend) { return backend == Backend::cuda ? "cuda" : "opencl"; }

std::optional<Backend> backend_from(std::string_view name) {
    if (name == "opencl") {
        if (!has_opencl) {
            throw Error("--backend: 'opencl': this program was built without OpenCL");
        }
        return Backend::opencl;
    }
    if (name == "cuda") {
        if (!has_cuda) {
            throw Error(
                "--backend: 'cuda': this program was built without CUDA, which takes cuda.h, "
                "nvrtc.h and JUGGLE_CUDA=ON");
        }
        return Backend::cuda;
    }
    return std::nullopt;
}

Backend default_backend() { return has_opencl ? Backend::opencl : Backend::cuda; }

}  // namespace common
