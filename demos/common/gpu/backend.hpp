#pragma once

#include "common/command_line.hpp"
#include "common/error.hpp"
#include "common/gpu/devices.hpp"

#include <string>

namespace common::gpu {

/// By which driver a program gets at its device.
enum class Backend { opencl, cuda };

/// `--backend`, `--platform` and `--device`.
inline void add_backend_choice(CommandLine& line, Backend& backend, std::string& platform,
                               std::string& device) {
    const auto read = [&backend](const std::string& text) {
        backend = text == "cuda" ? Backend::cuda : Backend::opencl;
        return text == "opencl" || text == "cuda";
    };
    line.add({.names = "--backend",
              .value = "opencl|cuda",
              .help = "What computes: an OpenCL device, or a CUDA device",
              .wanted = "one of opencl|cuda",
              .read = read,
              .initial = "opencl"});
    line.add_text({.names = "--platform",
                   .value = "WHICH",
                   .help = "OpenCL platform: index or part of its name"},
                  platform);
    line.add_text(
        {.names = "--device", .value = "WHICH", .help = "Device: index or part of its name"},
        device);
}

/// Throws Error if the program cannot have the backend, or if it has no platforms.
inline void check_backend(const std::string& program, Backend backend,
                          const std::string& platform) {
    if (backend == Backend::opencl) {
        return;
    }
    if (!has_cuda()) {
        throw Error("--backend: this " + program +
                    " was built without CUDA (its cuda.h and nvrtc.h were not there)");
    }
    if (!platform.empty()) {
        throw Error("--platform: '" + platform + "': there are none with --backend cuda");
    }
}

/// Calls a function with the device that was asked for, and gives what it gives. Throws Error if
/// there is none; cl::Error, CudaError.
template <class Function>
auto with_device(Backend backend, const std::string& platform, const std::string& device,
                 Function function) {
#ifdef DEMOS_CUDA
    if (backend == Backend::cuda) {
        return function(CudaDevice{device});
    }
#endif
    static_cast<void>(backend);
    return function(OpenClDevice{platform, device});
}

}  // namespace common::gpu
