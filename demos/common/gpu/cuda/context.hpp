#pragma once

#include "common/gpu/cuda/device.hpp"

#include <memory>

namespace common::on_cuda {

/// The device's primary context, which lives as long as a copy. It is the current one of the thread
/// that made it, which is the only one that uses it.
class Context {
public:
    Context() = default;
    explicit Context(const Device& device);

private:
    struct Retained;

    std::shared_ptr<const Retained> retained_;
};

}  // namespace common::on_cuda
