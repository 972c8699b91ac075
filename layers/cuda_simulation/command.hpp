#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <cuda.h>

namespace layer::cuda {

/// A place in a stream: the work in front of it. The driver's mutex guards it.
struct Point {
    bool has_settled = false;
    double milliseconds = 0;  // when it did
};
using PointPtr = std::shared_ptr<Point>;

/// What a stream does in order.
struct Command {
    std::function<CUresult()> work;  // runs without the mutex; null: nothing is done
    CUresult error = CUDA_SUCCESS;   // the end of the context, instead of the work
    std::vector<PointPtr> waits_for = {};
    PointPtr end = std::make_shared<Point>();
};

}  // namespace layer::cuda
