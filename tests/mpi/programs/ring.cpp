// Ranks that pass numbers round and add them up, as long as they live: for tests that kill one of
// them. Ends all ranks, with status 3 and a line on standard error, if a message fails or does not
// come for as many seconds as the argument says, 20 without.

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include <unistd.h>

namespace mpi = juggle::mpi;

namespace {

juggle::Task<> pass_round(int rank, int ranks, int round) {
    int received = -1;
    const mpi::Event receiving =
        mpi::start(MPI_Irecv, &received, 1, MPI_INT, (rank + ranks - 1) % ranks, 1, MPI_COMM_WORLD);
    const mpi::Event sending =
        mpi::start(MPI_Isend, &round, 1, MPI_INT, (rank + 1) % ranks, 1, MPI_COMM_WORLD);
    co_await receiving;
    co_await sending;
    if (received != round) {
        throw std::runtime_error{"a number of another round"};
    }
}

juggle::Task<> add_up(int ranks, int round) {
    int sum = 0;
    co_await mpi::start(MPI_Iallreduce, &round, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (sum != ranks * round) {
        throw std::runtime_error{"a wrong sum"};
    }
}

juggle::Task<> play(int rank, int ranks, std::chrono::seconds patience) {
    for (int round = 0;; round = (round + 1) % 1000) {
        co_await juggle::timeout(
            patience, juggle::when_all(pass_round(rank, ranks, round), add_up(ranks, round)));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    int level = MPI_THREAD_SINGLE;
    int rank = 0;
    int ranks = 1;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    const std::chrono::seconds patience{argc > 1 ? std::atoi(argv[1]) : 20};
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    std::printf("rank %d is process %ld\n", rank, static_cast<long>(::getpid()));
    std::fflush(stdout);
    juggle::ExecutorOptions options;
    options.report_waits_after = patience / 2;
    juggle::Executor executor{std::move(options)};
    try {
        executor.run(play(rank, ranks, patience));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rank %d ends: %s\n", rank, error.what());
        MPI_Abort(MPI_COMM_WORLD, 3);
    }
    return 3;
}
