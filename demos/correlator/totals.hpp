#pragma once

#include <cstdint>

namespace correlator {

/// What a run has come to.
struct Totals {
    std::uint64_t chunks = 0;
    double seconds = 0;
    bool interrupted = false;  ///< one of the ranks was asked to stop
};

}  // namespace correlator
