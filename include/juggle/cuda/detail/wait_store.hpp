#pragma once

#include <juggle/cuda/event.hpp>

#include <vector>

namespace juggle::inline JUGGLE_ABI {
class Executor;
}

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// The memory for the events that one `enqueue` has to respect, an executor's: between two of them
/// it is empty, and kept so that in the steady state nothing is allocated.
struct WaitStore final {
    explicit WaitStore(Executor&) noexcept {}
    std::vector<Event> events;
};

}  // namespace juggle::cuda::detail
