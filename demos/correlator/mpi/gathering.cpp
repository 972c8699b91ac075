#include "gathering.hpp"

#include "check.hpp"

#include <cstddef>

namespace correlator {

Gathering::Gathering(const Ranks& ranks, const Layout& layout)
    : communicator_{ranks}, channel_{layout.baselines() * 2, MPI_INT64_T},
      own_{static_cast<int>(layout.own_channels().count)} {
    for (std::size_t other = 0; other < layout.ranks; ++other) {
        counts_.push_back(static_cast<int>(layout.channels_of(other).count));
        places_.push_back(static_cast<int>(layout.channels_of(other).first));
    }
}

Message Gathering::start(const std::int64_t* from, std::int64_t* to) const {
    return juggle::mpi::start(MPI_Igatherv, from, own_, channel_.get(), to, counts_.data(),
                              places_.data(), channel_.get(), 0, communicator_.get());
}

void Gathering::run(const std::int64_t* from, std::int64_t* to) const {
    check(MPI_Gatherv(from, own_, channel_.get(), to, counts_.data(), places_.data(),
                      channel_.get(), 0, communicator_.get()),
          "MPI_Gatherv");
}

}  // namespace correlator
