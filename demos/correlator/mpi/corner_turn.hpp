#pragma once

#include "correlator/layout.hpp"
#include "message.hpp"
#include "ranks.hpp"

#include <cstddef>
#include <vector>

namespace correlator {

/// From all channels of the own antennas to the own channels of all antennas: each rank sends
/// something to each other one. All have to start theirs in the same order.
class CornerTurn {
public:
    CornerTurn(const Ranks& ranks, const Layout& layout);

    /// Layout::outgoing_bytes at `from`, which must stay as they are until the message has
    /// completed, and Layout::incoming_bytes at `to`.
    [[nodiscard]] Message start(const std::byte* from, std::byte* to) const;
    /// The same, which waits here.
    void run(const std::byte* from, std::byte* to) const;

private:
    /// Runs, to or from each rank. MPI reads them as long as a message is on its way.
    struct Counts {
        std::vector<int> counts;
        std::vector<int> places;
        void add(std::size_t count);
    };

    Communicator communicator_;
    Block run_;
    Counts outgoing_;
    Counts incoming_;
};

}  // namespace correlator
