#pragma once

#include <juggle/mpi.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace messages {

// [run_or_end_all]
/// Others may wait for this rank, and it would wait for them before it freed a buffer that messages
/// use: so all of them end while the buffers live.
template <class Function>
void run_or_end_all(Function function) {
    try {
        function();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "messages: %s\n", error.what());
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
}
// [/run_or_end_all]

}  // namespace messages
