#pragma once

#include <juggle/cuda/detail/command_recorder.hpp>
#include <juggle/observer.hpp>

#include <string_view>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// What the lane of a stream is called in the timeline; otherwise "stream 1" and so on. Before the
/// stream's first work is recorded.
inline void name_stream(Observer& timeline, CUstream stream, std::string_view name) noexcept {
    detail::name_stream(timeline, stream, name);
}

}  // namespace juggle::cuda
