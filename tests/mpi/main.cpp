#include "support/run_tests.hpp"

#include <juggle/mpi/detail/mpi.hpp>

int main(int argc, char* argv[]) {
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    const int failures = support::run_tests(argc, argv);
    if (failures != 0) {
        MPI_Abort(MPI_COMM_WORLD, failures);  // the other ranks may wait for this one
    }
    MPI_Finalize();
    return 0;
}
