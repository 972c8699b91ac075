// A message that is sent again and again is described to MPI once. Its receiver is in no hurry.
#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <chrono>
#include <cstdio>

namespace mpi = juggle::mpi;
using namespace std::chrono_literals;

constexpr int count = 3;

juggle::Task<> send() {
    int number = 0;
    mpi::Persistent message{MPI_Send_init, &number, 1, MPI_INT, 1, 0, MPI_COMM_WORLD};
    for (number = 1; number <= count; ++number) {
        co_await message.start();  // the number may change again
    }
}

juggle::Task<> receive(juggle::Executor& executor) {
    mpi::ProgressOptions options;
    options.longest_nap = 5ms;  // asks MPI that seldom when nothing comes
    mpi::set_progress_options(executor, options);
    int number = 0;
    mpi::Persistent message{MPI_Recv_init, &number, 1, MPI_INT, 0, 0, MPI_COMM_WORLD};
    for (int received = 0; received < count; ++received) {
        co_await message.start();
        std::printf("%d\n", number);
    }
}

int main(int argc, char** argv) {  // mpiexec -n 2
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    {
        juggle::Executor executor;
        executor.run(rank == 0 ? send() : receive(executor));
    }
    MPI_Finalize();
}

// prints:
// 1
// 2
// 3
