// The same loop as a coroutine: whatever it waits for, the thread is free meanwhile.

#include "chunk.hpp"
#include "modes.hpp"
#include "read_chunk.hpp"

#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <utility>

namespace network {

namespace jcl = juggle::opencl;
using juggle::asio::use_task;

namespace {

// [awaiting]
juggle::Task<> serve(Device& device, asio::ip::tcp::socket socket) {
    Chunk chunk;
    const jcl::FinishAtEnd commands_end_before_the_chunk{device.queue, chunk};
    for (;;) {
        const bool more = co_await read_chunk(socket, chunk);
        if (!more) {
            co_return;
        }

        device.enqueue_triple(chunk.samples);
        co_await jcl::finish(device.queue);

        co_await asio::async_write(socket, asio::buffer(chunk.samples), use_task);
    }
}
// [/awaiting]

}  // namespace

// [awaiting-run]
void run_awaiting(Device& device, asio::io_context& context, asio::ip::tcp::socket socket) {
    juggle::asio::Loop loop{context};  // where the executor sleeps: for sockets and the device
    juggle::Executor executor{{.idle = &loop}};
    executor.run(serve(device, std::move(socket)));
}
// [/awaiting-run]

}  // namespace network
