#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace correlator {

/// What a run has come to.
struct Totals {
    std::uint64_t chunks = 0;
    double seconds = 0;
    bool interrupted = false;  ///< one of the ranks was asked to stop
    /// How long each stage has taken here, if only one was at work at a time.
    std::vector<std::pair<std::string, double>> stages;
};

}  // namespace correlator
