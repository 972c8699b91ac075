#pragma once

#include <juggle/mpi/event.hpp>
#include <juggle/mpi/event_traits.hpp>
#include <juggle/resource.hpp>

namespace juggle::inline JUGGLE_ABI::mpi {

/// A resource that messages guard: memory that is sent, or received into. For memory that a device
/// uses as well see `juggle::OneOf`.
template <class T>
using Resource = juggle::Resource<T, Event>;

template <class T>
using ResourceAllocation = juggle::ResourceAllocation<T, Event>;

}  // namespace juggle::mpi
