#pragma once

#include "simulation.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <nvrtc.h>

namespace support {

/// A program for NVRTC, and what became of it.
class Compiled {
public:
    explicit Compiled(const char* source, std::vector<const char*> options = {}) {
        REQUIRE(nvrtcCreateProgram(&program_, source, "here.cu", 0, nullptr, nullptr) ==
                NVRTC_SUCCESS);
        result_ = nvrtcCompileProgram(program_, static_cast<int>(options.size()), options.data());
    }
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;
    ~Compiled() { CHECK(nvrtcDestroyProgram(&program_) == NVRTC_SUCCESS); }

    [[nodiscard]] nvrtcResult result() const { return result_; }
    [[nodiscard]] std::string log() const {
        std::size_t size = 0;
        REQUIRE(nvrtcGetProgramLogSize(program_, &size) == NVRTC_SUCCESS);
        std::string log(size, '?');
        REQUIRE(nvrtcGetProgramLog(program_, log.data()) == NVRTC_SUCCESS);
        return log.c_str();
    }
    [[nodiscard]] std::string ptx() const {
        INFO(log());
        std::size_t size = 0;
        REQUIRE(nvrtcGetPTXSize(program_, &size) == NVRTC_SUCCESS);
        std::string image(size, '?');
        REQUIRE(nvrtcGetPTX(program_, image.data()) == NVRTC_SUCCESS);
        return image;
    }
    [[nodiscard]] nvrtcResult ptx_size(std::size_t& size) const {
        return nvrtcGetPTXSize(program_, &size);
    }
    [[nodiscard]] std::string cubin() const {
        std::size_t size = 0;
        REQUIRE(nvrtcGetCUBINSize(program_, &size) == NVRTC_SUCCESS);
        std::string image(size, '?');
        if (size != 0) {
            REQUIRE(nvrtcGetCUBIN(program_, image.data()) == NVRTC_SUCCESS);
        }
        return image;
    }

private:
    nvrtcProgram program_ = nullptr;
    nvrtcResult result_ = NVRTC_SUCCESS;
};

[[nodiscard]] inline CUmodule load(const std::string& image) {
    CUmodule module = nullptr;
    CU(cuModuleLoadData(&module, image.data()));
    return module;
}

[[nodiscard]] inline CUmodule load(const char* source, std::vector<const char*> options = {}) {
    return load(Compiled{source, std::move(options)}.ptx());
}

[[nodiscard]] inline CUfunction function(CUmodule module, const char* name) {
    CUfunction found = nullptr;
    CU(cuModuleGetFunction(&found, module, name));
    return found;
}

template <class... Parameters>
CUresult launch(CUfunction kernel, std::array<unsigned, 3> grid, std::array<unsigned, 3> block,
                CUstream stream, Parameters... parameters) {
    std::array<void*, sizeof...(Parameters)> addresses{static_cast<void*>(&parameters)...};
    return cuLaunchKernel(kernel, grid[0], grid[1], grid[2], block[0], block[1], block[2], 0,
                          stream, addresses.data(), nullptr);
}

}  // namespace support
