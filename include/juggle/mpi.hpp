#pragma once

// juggle::mpi: messages between machines as events, by OpenMPI, MPICH or another MPI.

#include <juggle/mpi/error.hpp>
#include <juggle/mpi/errors_return.hpp>
#include <juggle/mpi/event.hpp>
#include <juggle/mpi/event_traits.hpp>
#include <juggle/mpi/persistent.hpp>
#include <juggle/mpi/progress_options.hpp>
#include <juggle/mpi/resource.hpp>
#include <juggle/mpi/set_progress_options.hpp>
#include <juggle/mpi/start.hpp>
#include <juggle/mpi/status.hpp>
