#include "common/gpu/cuda_context.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace common::gpu {
namespace {

std::string in_lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text;
}

int count_devices() {
    const CUresult started = cuda_driver().cuInit(0);
    int count = 0;
    if (started != CUDA_ERROR_NO_DEVICE) {
        check_cuda(started, "cuInit");
        COMMON_CUDA(cuDeviceGetCount, &count);
    }
    if (count == 0) {
        throw Error("no CUDA device found (nvidia-smi -L lists them)");
    }
    return count;
}

}  // namespace

std::string name_of(CUdevice device) {
    std::array<char, 256> name{};
    COMMON_CUDA(cuDeviceGetName, name.data(), static_cast<int>(name.size()), device);
    return name.data();
}

CUdevice find_cuda_device(const std::string& device) {
    const int count = count_devices();
    std::string present;
    for (int i = 0; i < count; ++i) {
        CUdevice found = 0;
        COMMON_CUDA(cuDeviceGet, &found, i);
        const std::string name = name_of(found);
        if (device.empty() || device == std::to_string(i) ||
            in_lower_case(name).find(in_lower_case(device)) != std::string::npos) {
            return found;
        }
        present += "\n  device " + std::to_string(i) + " '" + name + '\'';
    }
    throw Error("no CUDA device matches --device '" + device + "'; there is" + present);
}

}  // namespace common::gpu
