#pragma once

#include <juggle/config.hpp>
#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/event.hpp>

#include <cstdint>
#include <string_view>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI {
class Observer;
}

namespace juggle::inline JUGGLE_ABI::cuda {

/// Shows what a stream is given while it lives, a kernel or a copy, as one bar of a timeline:
///
/// ```
/// const jcu::Shown shown{timeline, stream, "fold"};
/// cuLaunchKernel(...);
/// ```
///
/// The bar has the device's own times, of two events with timing around it, brought to the host's
/// clock by events in a stream of the timeline's own: exact to some microseconds, the bars of one
/// context beside each other to one or two. It is on the lane of its stream, or on the one that is
/// named; of the task, and the chunk, that is at work at its end. It is shown when the work has
/// ended; not if that has failed.
///
/// Events that guard a resource, and what was given to a stream by `enqueue`, are shown by
/// themselves. Where there is a `Shown`, that is what is shown instead.
///
/// `timeline` may be null: then it costs a look at that. Never throws: what the driver refuses is
/// not shown, and counted as lost; so is the work of a stream that is being captured into a graph.
/// The timeline must outlive it. For the executor's thread.
class Shown {
public:
    Shown(Observer* timeline, CUstream stream, std::string_view what,
          std::string_view lane = {}) noexcept
        : timeline_{timeline}, stream_{stream} {
        if (timeline_ != nullptr) {
            begin(what, lane);
        }
    }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;
    ~Shown() {
        if (timeline_ != nullptr) {
            end();
        }
    }

private:
    JUGGLE_CUDA_EXPORT void begin(std::string_view what, std::string_view lane) noexcept;
    JUGGLE_CUDA_EXPORT void end() noexcept;

    Observer* timeline_;
    CUstream stream_;
    Event begin_;
    std::uint32_t text_ = 0;  // the observer's numbers
    std::uint32_t track_ = 0;
    std::int64_t begun_at_ = 0;  // by its clock
};

}  // namespace juggle::cuda
