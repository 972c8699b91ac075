// A message is raced with a timer. What loses the race is not lost: its request goes on.
#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <chrono>
#include <cstdio>

namespace mpi = juggle::mpi;
using namespace std::chrono_literals;

juggle::Task<> ask() {
    int answer = 0;
    const mpi::Event answered = mpi::start(MPI_Irecv, &answer, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
    const auto first = co_await juggle::when_any(answered, juggle::sleep_for(10ms));
    if (first.index() == 1) {
        std::puts("rank 1 is late");
    }
    const int question = 6;
    co_await mpi::start(MPI_Isend, &question, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
    const mpi::Status status = co_await answered;
    std::printf("rank %d says %d\n", status.source(), answer);
}

juggle::Task<> reply() {
    int number = 0;
    co_await mpi::start(MPI_Irecv, &number, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    number *= 7;
    co_await mpi::start(MPI_Isend, &number, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
}

int main(int argc, char** argv) {  // mpiexec -n 2
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    {
        juggle::Executor executor;
        executor.run(rank == 0 ? ask() : reply());
    }
    MPI_Finalize();
}

// prints:
// rank 1 is late
// rank 1 says 42
