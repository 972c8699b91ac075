#pragma once

#include <juggle/config.hpp>

#include <cstddef>

namespace juggle::inline JUGGLE_ABI::asio {

/// How a `PacketReceiver` is to read.
struct PacketReceiverOptions {
    enum class Method {
        automatic,  ///< the first of these that the system has
        gro,        ///< trains of datagrams, joined by the kernel (Linux, `UDP_GRO`)
        recvmmsg,   ///< many datagrams a system call (Linux)
        recv,       ///< one datagram a system call
    };

    /// How many bytes the kernel is to keep for the socket; 0: as it is.
    /// `PacketReceiver::receive_buffer` says what it granted.
    std::size_t receive_buffer = 0;

    /// Longer datagrams are cut by the kernel, counted, and not given. Without effect with `gro`.
    std::size_t max_datagram = 9216;

    Method method = Method::automatic;
};

}  // namespace juggle::asio
