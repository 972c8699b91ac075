#pragma once

#include "support/process.hpp"

#include <juggle/mpi/detail/mpi.hpp>

#if SUPPORT_ADDRESS_SANITIZER
#include <sanitizer/lsan_interface.h>
#endif

namespace support {

/// MPI_Init_thread, with MPI_THREAD_FUNNELED. What it leaves behind is no leak of the tests': the
/// parts of OpenMPI that it tries and unloads again could not be suppressed by name.
inline int initialise_mpi(int& argc, char**& argv) {
#if SUPPORT_ADDRESS_SANITIZER
    const __lsan::ScopedDisabler not_looked_at;
#endif
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    return level;
}

/// LeakSanitizer looks now, and not at the end of the process: MPI_Finalize unloads the others.
inline void check_for_leaks() noexcept {
#if SUPPORT_ADDRESS_SANITIZER
    __lsan_do_leak_check();
#endif
}

}  // namespace support
