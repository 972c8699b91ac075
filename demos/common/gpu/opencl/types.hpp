#pragma once

#include <CL/opencl.hpp>

namespace common::on_opencl {

using Device = cl::Device;
using Context = cl::Context;
using Queue = cl::CommandQueue;
using Event = cl::Event;
using Buffer = cl::Buffer;
using Kernel = cl::Kernel;
/// What the calls below throw.
using Error = cl::Error;

}  // namespace common::on_opencl
