#pragma once

#include <cuda.h>

namespace support {

/// What a call gave before `cuInit`, which a process can ask only once.
inline CUresult before_init = CUDA_SUCCESS;

}  // namespace support
