#pragma once

#include "common/gpu/cuda/label.hpp"
#include "common/gpu/cuda/queue.hpp"

namespace common::on_cuda {

/// Around a call that gives a command to a stream.
class ShownCommand {
public:
    ShownCommand(const Queue& /*queue*/, const Label& /*label*/) noexcept {}
};

}  // namespace common::on_cuda
