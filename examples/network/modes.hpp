// The five steps. Each serves one peer until that has sent everything.
#pragma once

#include "device.hpp"

#include <cstdint>
#include <stop_token>

#include <asio.hpp>

namespace network {

/// What of a stream of packets did not come, and what the kernel had no room for.
struct Losses {
    std::uint64_t missing = 0;
    std::uint64_t doubled = 0;
    std::uint64_t dropped = 0;
};

void run_blocking(Device& device, asio::ip::tcp::socket socket);
void run_awaiting(Device& device, asio::io_context& context, asio::ip::tcp::socket socket);
void run_overlapped(Device& device, asio::io_context& context, asio::ip::tcp::socket socket);
/// `socket` is connected to the peer. Ends when nothing has come for a second.
Losses run_packets(Device& device, asio::io_context& context, asio::ip::udp::socket socket);
/// The same, and also when it is asked to stop: what has come by then is sent all the same.
Losses run_draining(Device& device, asio::io_context& context, asio::ip::udp::socket socket,
                    std::stop_token stop);

}  // namespace network
