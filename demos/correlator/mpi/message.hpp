#pragma once

#include <juggle/mpi.hpp>

namespace correlator {

/// Stands for what was sent, or is to be received.
using Message = juggle::mpi::Event;

}  // namespace correlator
