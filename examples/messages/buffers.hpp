// What the third step and the fourth have in common.
#pragma once

#include "modes.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>
#include <juggle/opencl.hpp>

#include <vector>

namespace messages {

// [types]
using Buffers =
    juggle::ResourceRing<std::vector<float>, juggle::OneOf<cl::Event, juggle::mpi::Event>>;
using Ticket = Buffers::Allocation;
// [/types]

/// Computes a chunk that comes with, or before, the turn of `computing`, and sends it on.
juggle::Task<> pass_on(Line& line, Device& device, int number, Ticket computing, Ticket sending);

}  // namespace messages
