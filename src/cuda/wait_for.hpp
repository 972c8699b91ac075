#pragma once

#include "stream_context.hpp"

#include <juggle/cuda/event.hpp>

#include <span>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Makes the stream wait for those events that are not known to have settled. With nothing
/// enqueued, `Error` if one of them cannot be waited for by a stream; `Error` if the driver refuses
/// a wait, when the stream may wait for those before it.
void wait_for(const StreamContext& context, CUstream stream, std::span<const Event> events,
              const char* call);

}  // namespace juggle::cuda::detail
