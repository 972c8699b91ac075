#pragma once

#include "frame_writer.hpp"
#include "gray_scott.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <utility>

namespace reaction_diffusion {

/// What is to be done: so many steps, and a frame of the first state and after every n-th step.
struct Plan {
    std::uint64_t steps = 2'000;
    std::uint64_t every = 10;
    std::uint64_t seed = 1;
    std::size_t in_flight = 4;  ///< frames between their copy and their file; juggled only
};

/// What has been done; all commands have ended.
struct Done {
    std::uint64_t steps = 0;
    std::uint64_t frames = 0;
    cl::Image2D last;  ///< the state after these steps
};

// Both give the same states and frames. A stop request ends them early, in order: frames that have
// been begun are finished.

Done run_plain(GrayScott& model, const FrameWriter& writer, const Plan& plan,
               const std::stop_token& stop);
Done run_juggled(GrayScott& model, const FrameWriter& writer, const Plan& plan,
                 const std::stop_token& stop);

}  // namespace reaction_diffusion
