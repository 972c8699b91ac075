#pragma once

#include <juggle/opencl/event_traits.hpp>
#include <juggle/resource.hpp>

namespace juggle::inline JUGGLE_ABI::opencl {

/// A resource whose events are those of OpenCL: a device buffer, or host memory that is copied to
/// or from one.
template <class T>
using Resource = juggle::Resource<T, cl::Event>;

template <class T>
using ResourceAllocation = juggle::ResourceAllocation<T, cl::Event>;

}  // namespace juggle::opencl
