// The parts of a service for packets, for the fourth step and the fifth.
#pragma once

#include "chunk.hpp"
#include "device.hpp"

#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <span>

#include <asio.hpp>

namespace network {

// [types]
using Ring = juggle::ResourceRing<Chunk, cl::Event>;
using Window = juggle::asio::PacketWindow<Ring::Allocation>;
using Chunks = juggle::Channel<Window::Taken>;

/// However a task ends, its neighbours find the end of the channel.
struct ClosedAtEnd {
    explicit ClosedAtEnd(Chunks& which) noexcept : channel{which} {}
    ~ClosedAtEnd() { channel.close(); }
    ClosedAtEnd(const ClosedAtEnd&) = delete;
    ClosedAtEnd& operator=(const ClosedAtEnd&) = delete;
    Chunks& channel;
};
// [/types]

/// Puts a packet's samples where they belong. Chunks that are full, or have waited long enough, go
/// to `received`, in order.
juggle::Task<> place(std::span<const std::byte> packet, Window& window, Ring& ring,
                     Chunks& received);

/// Until nothing has come for a second (`TimedOut`), or it is asked to stop.
juggle::Task<> receive(juggle::asio::PacketReceiver<>& receiver, Window& window, Ring& ring,
                       Chunks& received);

/// What is there, complete or not.
juggle::Task<> pass_on_the_rest(Window& window, Chunks& received);

juggle::Task<> compute(Device& device, Chunks& received, Chunks& computed);

juggle::Task<> send(asio::ip::udp::socket& socket, Chunks& computed);

}  // namespace network
