#pragma once

#include <CL/opencl.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace reaction_diffusion {

/// Keeps the host from running ahead of the device. Nobody waits for a single step, so the host
/// could enqueue all steps before the device has done the first: that takes memory for each, Ctrl-C
/// would have to wait for all of them, and a driver need not even start what nobody flushes.
///
/// Steps are counted in batches. At the end of each, the host waits for the batch *before*: the
/// device always has one batch to work on meanwhile, and at most two.
class Pace {
public:
    static constexpr std::size_t batch = 16;

    /// To be called after each step. Gives the event to wait for, now and then.
    [[nodiscard]] std::optional<cl::Event> after(const cl::Event& step) {
        if (++steps_ % batch != 0) {
            return std::nullopt;
        }
        return std::exchange(last_of_batch_, step);
    }

private:
    std::size_t steps_ = 0;
    std::optional<cl::Event> last_of_batch_;
};

}  // namespace reaction_diffusion
