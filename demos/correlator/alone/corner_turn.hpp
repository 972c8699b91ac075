#pragma once

#include "correlator/layout.hpp"
#include "message.hpp"
#include "ranks.hpp"

#include <algorithm>
#include <cstddef>

namespace correlator {

/// The only rank has all antennas, and all channels.
class CornerTurn {
public:
    CornerTurn(const Ranks& /*ranks*/, const Layout& layout) : bytes_{layout.outgoing_bytes()} {}

    [[nodiscard]] Message start(const std::byte* from, std::byte* to) const {
        run(from, to);
        return {};
    }
    void run(const std::byte* from, std::byte* to) const { std::copy_n(from, bytes_, to); }

private:
    std::size_t bytes_;
};

}  // namespace correlator
