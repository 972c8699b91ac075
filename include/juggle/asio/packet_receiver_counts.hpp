#pragma once

#include <juggle/config.hpp>

#include <cstdint>

namespace juggle::inline JUGGLE_ABI::asio {

/// What a `PacketReceiver` has seen.
struct PacketReceiverCounts {
    std::uint64_t datagrams = 0;  ///< read, those that were cut not among them
    std::uint64_t bytes = 0;      ///< in these
    std::uint64_t truncated = 0;  ///< longer than `PacketReceiverOptions::max_datagram`
    std::uint64_t reads = 0;      ///< system calls that read something

    /// Datagrams that the kernel has dropped since the socket was opened, because its buffer was
    /// full, as of when the last one that was read came in. Linux only.
    std::uint64_t dropped = 0;

    /// How often a peer said that nobody listens to what this socket has sent there; that ends no
    /// read.
    std::uint64_t refused = 0;
};

}  // namespace juggle::asio
