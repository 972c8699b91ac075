#pragma once

#include <juggle/config.hpp>

#include <cstdint>

namespace juggle::inline JUGGLE_ABI::asio {

/// What a `PacketSender` has done.
struct PacketSenderCounts {
    std::uint64_t datagrams = 0;  ///< taken by the kernel
    std::uint64_t bytes = 0;      ///< in these
    std::uint64_t calls = 0;      ///< system calls that sent something
    std::uint64_t full = 0;  ///< how often it waited for room in the kernel or the network card

    /// How often a peer said that nobody listens to what was sent before; that ends no `send`.
    std::uint64_t refused = 0;
};

}  // namespace juggle::asio
