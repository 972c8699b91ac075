#include "mpi_process.hpp"
#include "support/run_tests.hpp"

#include <juggle/mpi/detail/mpi.hpp>

int main(int argc, char* argv[]) {
    (void)support::initialise_mpi(argc, argv);
    const int failures = support::run_tests(argc, argv);
    if (failures != 0) {
        MPI_Abort(MPI_COMM_WORLD, failures);  // the other ranks may wait for this one
    }
    support::check_for_leaks();
    MPI_Finalize();
    return 0;
}
