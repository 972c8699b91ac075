#include "common/gpu/cuda/buffer.hpp"

#include "common/cuda_driver.hpp"

namespace common::on_cuda {

Buffer::Buffer(Context context, std::size_t bytes) : context_{std::move(context)} {
    COMMON_CUDA(cuMemAlloc, &address_, bytes);
}

Buffer::~Buffer() {
    if (address_ != 0) {
        cuda_driver().cuMemFree(address_);
    }
}

}  // namespace common::on_cuda
