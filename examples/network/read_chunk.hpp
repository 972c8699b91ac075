#pragma once

#include "chunk.hpp"

#include <juggle/asio.hpp>
#include <juggle/task.hpp>

#include <asio.hpp>

namespace network {

// [read]
/// False: the peer has sent everything.
inline juggle::Task<bool> read_chunk(asio::ip::tcp::socket& socket, Chunk& chunk) {
    try {
        co_await asio::async_read(socket, asio::buffer(chunk.samples), juggle::asio::use_task);
    } catch (const asio::system_error& error) {
        if (error.code() == asio::error::eof) {
            co_return false;
        }
        throw;
    }
    co_return true;
}
// [/read]

}  // namespace network
