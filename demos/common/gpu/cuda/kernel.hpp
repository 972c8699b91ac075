#pragma once

#include "common/cuda_program.hpp"
#include "common/gpu/cuda/buffer.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

#include <cuda.h>

namespace common::on_cuda {

/// A function of a program, and the values of its parameters, which are copied when it is launched.
class Kernel {
public:
    /// The driver takes a copy of as many bytes as the parameter has.
    using Parameter = std::array<std::byte, 8>;

    Kernel() = default;
    /// Throws Error if there is no such function.
    Kernel(const CudaProgram& program, const char* name) : kernel_{program.kernel(name)} {}

    /// `value` is of the parameter's type.
    template <class Value>
        requires std::is_arithmetic_v<Value>
    void setArg(std::size_t index, Value value) {
        std::memcpy(parameter(index), &value, sizeof value);
    }
    void setArg(std::size_t index, const Buffer& buffer) {
        const CUdeviceptr address = buffer.address();
        std::memcpy(parameter(index), &address, sizeof address);
    }

    [[nodiscard]] CUfunction function() const noexcept { return kernel_.function; }
    [[nodiscard]] const std::vector<Parameter>& parameters() const noexcept { return parameters_; }

private:
    [[nodiscard]] void* parameter(std::size_t index) {
        if (index >= parameters_.size()) {
            parameters_.resize(index + 1);
        }
        return &parameters_[index];
    }

    CudaKernel kernel_;
    std::vector<Parameter> parameters_;
};

}  // namespace common::on_cuda
