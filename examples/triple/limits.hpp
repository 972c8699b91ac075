#pragma once

#include <cstddef>

namespace triple {

/// How much may be on its way at one time.
struct Limits {
    std::size_t in_flight = 8;  ///< chunks between their start and their end
    std::size_t buffers = 2;    ///< of each kind; the chunks use them in turn
};

}  // namespace triple
