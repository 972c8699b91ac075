// The four steps. Each takes a number of chunks through all ranks.
#pragma once

#include "line.hpp"
#include "network/device.hpp"

#include <stop_token>

namespace messages {

using network::Device;

void run_blocking(Line& line, Device& device, int chunks);
void run_awaiting(Line& line, Device& device, int chunks);
void run_overlapped(Line& line, Device& device, int chunks);
/// The first rank alone knows how many chunks there are, and makes no more of them when it is asked
/// to stop: the others learn of the end by a message.
void run_draining(Line& line, Device& device, int chunks, std::stop_token stop);

}  // namespace messages
