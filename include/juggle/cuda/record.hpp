#pragma once

#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/event.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// An event that completes when all that was given to `stream` so far has ended: what to await, and
/// to give to `ResourceAllocation::ready`.
///
/// `stream` may be a `cudaStream_t`, and the legacy stream (null) of the thread's current context
/// or the thread's own, `CU_STREAM_PER_THREAD`. Of which context it is does not matter; the
/// thread's current one is the same afterwards.
///
/// Throws `Error` if the driver refuses, or if there is none, `std::logic_error` if the stream is
/// being captured into a graph, and `std::bad_alloc`; the stream is as it was then. May be called
/// from any thread, but not from a host function of a stream's.
[[nodiscard]] JUGGLE_CUDA_EXPORT Event record(CUstream stream);

}  // namespace juggle::cuda
