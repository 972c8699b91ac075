#pragma once

#include <juggle/cuda/event.hpp>
#include <juggle/cuda/event_traits.hpp>
#include <juggle/resource.hpp>

namespace juggle::inline JUGGLE_ABI::cuda {

/// A resource whose events are those of CUDA: device memory, or host memory that is copied to or
/// from it.
template <class T>
using Resource = juggle::Resource<T, Event>;

template <class T>
using ResourceAllocation = juggle::ResourceAllocation<T, Event>;

}  // namespace juggle::cuda
