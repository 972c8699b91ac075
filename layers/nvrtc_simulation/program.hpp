#pragma once

#include "nvrtc_simulation/options.hpp"

#include <string>
#include <utility>
#include <vector>

#include <nvrtc.h>

namespace layer::nvrtc {

/// A program of CUDA C++, compiled by the compiler of the host: `c++`, or what `CXX` says.
class Program {
public:
    struct Header {
        std::string name;
        std::string text;
    };

    Program(std::string source, std::string name, std::vector<Header> headers)
        : source_{std::move(source)}, name_{std::move(name)}, headers_{std::move(headers)} {}

    /// Throws std::bad_alloc, std::system_error, std::filesystem::filesystem_error.
    [[nodiscard]] nvrtcResult compile(const Options& options);

    [[nodiscard]] const std::string& log() const noexcept { return log_; }
    /// An ELF shared object; empty unless it has been compiled.
    [[nodiscard]] const std::string& image() const noexcept { return image_; }
    /// Whether it was for a device that there is, not for a virtual one.
    [[nodiscard]] bool is_for_a_device() const noexcept { return is_for_a_device_; }

private:
    std::string source_;
    std::string name_;
    std::vector<Header> headers_;
    std::string log_;
    std::string image_;
    bool is_for_a_device_ = false;
};

}  // namespace layer::nvrtc
