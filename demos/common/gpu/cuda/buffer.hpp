#pragma once

#include "common/gpu/cuda/context.hpp"

#include <cstddef>
#include <utility>

#include <cuda.h>

namespace common::on_cuda {

/// Memory of the device. No command may be using it when it is destroyed, which `gpu::Resource`
/// sees to.
class Buffer {
public:
    Buffer() = default;
    Buffer(Context context, std::size_t bytes);
    Buffer(Buffer&& other) noexcept
        : context_{std::move(other.context_)}, address_{std::exchange(other.address_, 0)} {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(context_, other.context_);
        std::swap(address_, other.address_);
        return *this;
    }
    ~Buffer();

    [[nodiscard]] CUdeviceptr address() const noexcept { return address_; }

private:
    Context context_;
    CUdeviceptr address_ = 0;
};

}  // namespace common::on_cuda
