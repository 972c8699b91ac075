#pragma once

#include <cstdint>
#include <string>

namespace waterfall {

/// How an input is getting on.
struct InputState {
    std::uint64_t lost = 0;         ///< samples that are known to be missing
    std::uint64_t disconnects = 0;  ///< how often a connection has ended
    double fill = 0;                ///< of the memory between receiver and pipeline, from 0 to 1
    std::string trouble = {};       ///< why nothing comes; empty if all is well
};

}  // namespace waterfall
