#include "corner_turn.hpp"

#include "check.hpp"

namespace correlator {

void CornerTurn::Counts::add(std::size_t count) {
    places.push_back(counts.empty() ? 0 : places.back() + counts.back());
    counts.push_back(static_cast<int>(count));
}

CornerTurn::CornerTurn(const Ranks& ranks, const Layout& layout)
    : communicator_{ranks}, run_{layout.run_bytes(), MPI_BYTE} {
    for (std::size_t other = 0; other < layout.ranks; ++other) {
        outgoing_.add(layout.channels_of(other).count * layout.own_antennas().count);
        incoming_.add(layout.own_channels().count * layout.antennas_of(other).count);
    }
}

Message CornerTurn::start(const std::byte* from, std::byte* to) const {
    return juggle::mpi::start(MPI_Ialltoallv, from, outgoing_.counts.data(),
                              outgoing_.places.data(), run_.get(), to, incoming_.counts.data(),
                              incoming_.places.data(), run_.get(), communicator_.get());
}

void CornerTurn::run(const std::byte* from, std::byte* to) const {
    check(MPI_Alltoallv(from, outgoing_.counts.data(), outgoing_.places.data(), run_.get(), to,
                        incoming_.counts.data(), incoming_.places.data(), run_.get(),
                        communicator_.get()),
          "MPI_Alltoallv");
}

}  // namespace correlator
