#include "agreement.hpp"

#include "check.hpp"

#include <memory>

namespace correlator {

juggle::Task<Wish> Agreement::ask(Wish mine) {
    struct Votes {
        int mine;
        int least;
    };
    const auto votes = std::make_shared<Votes>(Votes{.mine = static_cast<int>(mine), .least = 0});
    const juggle::mpi::Event counted = juggle::mpi::start(
        MPI_Iallreduce, &votes->mine, &votes->least, 1, MPI_INT, MPI_MIN, communicator_.get());
    counted.keep(votes);
    co_await counted;
    co_return static_cast<Wish>(votes->least);
}

Wish Agreement::ask_blocking(Wish mine) {
    int vote = static_cast<int>(mine);
    check(MPI_Allreduce(MPI_IN_PLACE, &vote, 1, MPI_INT, MPI_MIN, communicator_.get()),
          "MPI_Allreduce");
    return static_cast<Wish>(vote);
}

}  // namespace correlator
