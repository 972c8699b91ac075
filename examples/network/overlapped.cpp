// Three tasks pass on buffers: while one chunk is on the device, the next one is received, and the
// one before it is sent.

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

// [types]
using Ring = juggle::ResourceRing<Chunk, cl::Event>;
using Ticket = Ring::Allocation;
using Tickets = juggle::Channel<Ticket>;
// [/types]

// [receive]
juggle::Task<> receive(asio::ip::tcp::socket& socket, Ring& ring, Tickets& received) {
    for (;;) {
        Ticket ticket = ring.acquire();
        Chunk& chunk = co_await ticket.wait_events();  // until nobody uses this buffer any more
        const bool more = co_await read_chunk(socket, chunk);
        if (!more) {
            ticket.ready();
            break;
        }
        co_await received.push(std::move(ticket));
    }
    received.close();
}
// [/receive]

// [compute]
juggle::Task<> compute(Device& device, Tickets& received, Tickets& computed) {
    while (auto ticket = co_await received.pop()) {
        // The ticket remembers the commands: whoever uses the buffer next waits for them.
        co_await jcl::enqueue(device.queue, *ticket, [&](jcl::Commands& commands) {
            device.enqueue_triple((*ticket)->samples, &commands);
        });
        co_await computed.push(std::move(*ticket));
    }
    computed.close();
}
// [/compute]

// [send]
juggle::Task<> send(asio::ip::tcp::socket& socket, Tickets& computed) {
    while (auto ticket = co_await computed.pop()) {
        co_await jcl::wait_for_events(ticket->tracked());  // it is on the host again
        co_await asio::async_write(socket, asio::buffer((*ticket)->samples), use_task);
        ticket->ready();  // to the next chunk that is received into it
    }
}
// [/send]

// [overlapped]
juggle::Task<> serve(Device& device, asio::ip::tcp::socket socket) {
    Ring ring{4, [](std::size_t) { return Chunk{}; }};  // so at most four chunks are under way
    Tickets received{4};
    Tickets computed{4};
    co_await juggle::when_all(receive(socket, ring, received), compute(device, received, computed),
                              send(socket, computed));
}
// [/overlapped]

}  // namespace

void run_overlapped(Device& device, asio::io_context& context, asio::ip::tcp::socket socket) {
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(serve(device, std::move(socket)));
}

}  // namespace network
