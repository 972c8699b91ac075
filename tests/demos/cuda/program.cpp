#include "common/cuda_program.hpp"
#include "common/error.hpp"
#include "common/nvrtc.hpp"
#include "cuda_simulation/cuda_simulation_control.h"
#include "kernel_runs.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <dlfcn.h>

using Catch::Contains;
using Catch::StartsWith;

namespace {

template <class Function>
std::string complaint_of(Function function) {
    try {
        function();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

/// How many modules are loaded.
long modules() {
    void* const driver = ::dlopen(std::getenv("JUGGLE_CUDA_LIBRARY"), RTLD_NOW);
    const auto live = reinterpret_cast<juggle_cuda_simulation_live_fn>(
        ::dlsym(driver, "juggle_cuda_simulation_live"));
    const long count = live("modules");
    ::dlclose(driver);
    return count;
}

constexpr int any = 90;

}  // namespace

TEST_CASE("cuda program: a source that is refused is told with what NVRTC says", "[real]") {
    CHECK_THAT(complaint_of([] {
                   (void)common::compile_opencl_c("kernel void run() { wrong(); }", {}, any);
               }),
               StartsWith("NVRTC refuses the kernels:\n") && Contains("wrong"));
    CHECK_THAT(complaint_of([] { (void)common::compile_by_nvrtc("", {"--nonsense"}, any); }),
               StartsWith("NVRTC refuses the kernels:\n") && Contains("--nonsense"));
}

TEST_CASE("cuda program: a device that NVRTC does not know any more is told", "[real]") {
    CHECK_THAT(complaint_of([] { (void)common::compile_by_nvrtc("", {}, 20); }),
               StartsWith("the device has the architecture 20, and NVRTC knows none before ") &&
                   Contains("one of an earlier CUDA toolkit is needed"));
}

TEST_CASE("cuda program: a module stays as long as its program or one of its kernels") {
    const support::CudaDevice device;
    const common::CudaContextScope current{device.context()};
    const std::string image = common::compile_opencl_c(
        "kernel void one(__global uint* to) { *to = N; }", {"N=1"}, common::cuda_architecture());
    std::optional<common::CudaProgram> program{image};
    CHECK(modules() == 1);
    std::optional<common::CudaKernel> kernel = program->kernel("one");
    CHECK_THAT(complaint_of([&] { (void)program->kernel("two"); }),
               StartsWith("cuModuleGetFunction of two failed with CUDA_ERROR_NOT_FOUND (500)"));
    program.reset();
    CHECK(modules() == 1);
    kernel.reset();
    CHECK(modules() == 0);
}

TEST_CASE("cuda program: an image that is none is refused") {
    const support::CudaDevice device;
    const common::CudaContextScope current{device.context()};
    CHECK_THAT(complaint_of([] { (void)common::CudaProgram{std::string(4096, ' ')}; }),
               StartsWith("cuModuleLoadData failed with CUDA_ERROR_INVALID_IMAGE (200)"));
}
