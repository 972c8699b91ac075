// In the place of live/live_network.cpp, for a program without Boost.

#include "network.hpp"

namespace waterfall {

std::unique_ptr<Network> make_network(const Options& /*options*/, const Interrupt& /*interrupt*/) {
    return nullptr;  // what would need one was refused with the options
}

}  // namespace waterfall
