#pragma once

#include "common/host_buffer.hpp"

#include <vector>

namespace common::on_opencl {

using common::HostBuffer;

/// For programs that need no more than a processor as a device: ordinary memory.
template <class Element>
using HostVector = std::vector<Element>;

}  // namespace common::on_opencl
