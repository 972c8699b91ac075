#include "common/gpu/cuda/device.hpp"

#include "common/cuda_driver.hpp"
#include "common/error.hpp"
#include "common/gpu/cuda/kernel.hpp"

#include <algorithm>
#include <cctype>

namespace common::on_cuda {
namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text;
}

std::size_t attribute(const Device& device, CUdevice_attribute which) {
    int value = 0;
    COMMON_CUDA(cuDeviceGetAttribute, &value, which, device.handle);
    return static_cast<std::size_t>(value);
}

}  // namespace

Device find_device(const std::string& platform, const std::string& device) {
    if (!platform.empty()) {
        throw common::Error("--platform: '" + platform + "': CUDA has no platforms");
    }
    const CUresult started = cuda_driver().cuInit(0);
    int count = 0;
    if (started != CUDA_ERROR_NO_DEVICE) {
        check_cuda(started, "cuInit");
        COMMON_CUDA(cuDeviceGetCount, &count);
    }
    if (count == 0) {
        throw common::Error("no CUDA device found (nvidia-smi -L lists them)");
    }
    std::string present;
    for (int index = 0; index < count; ++index) {
        Device candidate;
        COMMON_CUDA(cuDeviceGet, &candidate.handle, index);
        const std::string its_name = name(candidate);
        if (device.empty() || device == std::to_string(index) ||
            lower_case(its_name).find(lower_case(device)) != std::string::npos) {
            return candidate;
        }
        present += "\n  device " + std::to_string(index) + " '" + its_name + '\'';
    }
    throw common::Error("no CUDA device matches --device '" + device + "'; there is" + present);
}

std::string name(const Device& device) {
    std::string text(256, '\0');
    COMMON_CUDA(cuDeviceGetName, text.data(), static_cast<int>(text.size()), device.handle);
    text.resize(text.find('\0'));
    return text;
}

std::string platform_name(const Device& /*device*/) {
    int version = 0;
    COMMON_CUDA(cuDriverGetVersion, &version);
    return "CUDA " + std::to_string(version / 1000) + '.' + std::to_string(version % 1000 / 10);
}

std::uint64_t memory_bytes(const Device& device) {
    std::size_t bytes = 0;
    COMMON_CUDA(cuDeviceTotalMem, &bytes, device.handle);
    return bytes;
}

GroupLimits group_limits(const Kernel& kernel, const Device& device) {
    int size = 0;
    COMMON_CUDA(cuFuncGetAttribute, &size, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
                kernel.function());
    return {.size = static_cast<std::size_t>(size),
            .width = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X),
            .height = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y)};
}

}  // namespace common::on_cuda
