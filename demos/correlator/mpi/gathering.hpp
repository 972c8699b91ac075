#pragma once

#include "correlator/layout.hpp"
#include "message.hpp"
#include "ranks.hpp"

#include <cstdint>
#include <vector>

namespace correlator {

/// The visibilities of all channels come together on rank 0. All have to start theirs in the same
/// order.
class Gathering {
public:
    Gathering(const Ranks& ranks, const Layout& layout);

    /// Layout::own_visibilities at `from`; on rank 0 Layout::all_visibilities at `to`, else
    /// nothing.
    [[nodiscard]] Message start(const std::int64_t* from, std::int64_t* to) const;
    /// The same, which waits here.
    void run(const std::int64_t* from, std::int64_t* to) const;

private:
    Communicator communicator_;
    Block channel_;
    int own_;
    // Channels of each rank. MPI reads them as long as a message is on its way.
    std::vector<int> counts_;
    std::vector<int> places_;
};

}  // namespace correlator
