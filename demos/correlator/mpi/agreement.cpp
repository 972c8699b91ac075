#include "agreement.hpp"

#include "check.hpp"

#include <memory>

namespace correlator {

juggle::Task<bool> Agreement::ask(bool mine) {
    struct Votes {
        int mine;
        int least;
    };
    const auto votes = std::make_shared<Votes>(Votes{.mine = mine ? 1 : 0, .least = 0});
    const juggle::mpi::Event counted = juggle::mpi::start(
        MPI_Iallreduce, &votes->mine, &votes->least, 1, MPI_INT, MPI_MIN, communicator_.get());
    counted.keep(votes);
    co_await counted;
    co_return votes->least != 0;
}

bool Agreement::ask_blocking(bool mine) {
    int vote = mine ? 1 : 0;
    check(MPI_Allreduce(MPI_IN_PLACE, &vote, 1, MPI_INT, MPI_MIN, communicator_.get()),
          "MPI_Allreduce");
    return vote != 0;
}

}  // namespace correlator
