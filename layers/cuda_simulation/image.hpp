#pragma once

#include "cuda_simulation/image_format.h"

#include <memory>
#include <string_view>

#include <cuda.h>

namespace layer::cuda {

/// The code of a module: a shared object of its own, also where two are of the same bytes.
class Image {
public:
    /// What the driver says of these bytes, and the image if it is CUDA_SUCCESS. Throws
    /// std::bad_alloc, std::system_error.
    [[nodiscard]] static CUresult load(const void* bytes, std::shared_ptr<const Image>& image);

    explicit Image(const juggle_cuda_simulation_image_table& table) noexcept : table_{table} {}
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image();

    /// Null if there is none.
    [[nodiscard]] const juggle_cuda_simulation_function* find(std::string_view name) const;

private:
    int file_ = -1;  // open, so that no other image has its name meanwhile
    void* library_ = nullptr;
    const juggle_cuda_simulation_image_table& table_;
};

}  // namespace layer::cuda
