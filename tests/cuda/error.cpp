#include "support/cuda_device.hpp"

namespace jcu = juggle::cuda;

TEST_CASE("an error has the code, its name, the call, and the driver's words") {
    support::CudaDevice device;
    (void)jcu::record(device.stream());  // the driver is there
    const jcu::Error error{CUDA_ERROR_LAUNCH_FAILED, "record: cuEventRecord"};
    CHECK(error.code() == CUDA_ERROR_LAUNCH_FAILED);
    CHECK(error.name() == std::string{"CUDA_ERROR_LAUNCH_FAILED"});
    CHECK(error.call() == "record: cuEventRecord");
    const char* words = nullptr;
    support::check_cu(cuGetErrorString(error.code(), &words), "cuGetErrorString");
    CHECK(error.what() ==
          std::string{"CUDA: record: cuEventRecord: CUDA_ERROR_LAUNCH_FAILED (719): "} + words);
}

TEST_CASE("a code that the driver does not know has a number") {
    support::CudaDevice device;
    (void)jcu::record(device.stream());
    const jcu::Error error{static_cast<CUresult>(998), "call"};
    CHECK(error.what() == std::string{"CUDA: call: unknown error (998)"});
}
