#pragma once

#include <juggle/mpi/error.hpp>

namespace correlator {

/// Throws juggle::mpi::Error if an MPI call has given an error.
inline void check(int code, const char* call) {
    if (code != MPI_SUCCESS) {
        throw juggle::mpi::Error{code, call};
    }
}

}  // namespace correlator
