// expect: static assertion failed.*memory that is to be kept if the driver refuses is moved away
#include <juggle/cuda.hpp>

#include <vector>

void finish(CUstream stream, const std::vector<int>& memory) {
    const juggle::cuda::FinishAtEnd work_ends{stream, memory};
}
