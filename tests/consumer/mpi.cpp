#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mpi = juggle::mpi;

// Each rank tells the next one its number.
juggle::Task<> greet(int rank, int ranks) {
    const int mine = rank;
    int other = -1;
    const mpi::Event received =
        mpi::start(MPI_Irecv, &other, 1, MPI_INT, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD);
    co_await mpi::start(MPI_Isend, &mine, 1, MPI_INT, (rank + 1) % ranks, 0, MPI_COMM_WORLD);
    const mpi::Status status = co_await received;
    std::printf("rank %d has heard of rank %d\n", rank, other);
    if (status.source() != other || (other + 1) % ranks != rank) {
        std::abort();
    }
}

int main(int argc, char** argv) {
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    int rank = 0;
    int ranks = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(library, &length);
    std::printf("over %.*s\n", static_cast<int>(std::strcspn(library, ",\n")), library);
    {
        juggle::Executor executor;
        executor.run(greet(rank, ranks));
    }
    MPI_Finalize();
}
