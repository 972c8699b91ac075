// What is sent by an instrument comes in numbered packets, and nobody sends them again: they are
// placed by their numbers, and what is missing is marked.

#include "packets.hpp"

#include "chunk.hpp"
#include "modes.hpp"

#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace network {

namespace jcl = juggle::opencl;
using namespace std::chrono_literals;

// [place]
juggle::Task<> place(std::span<const std::byte> packet, Window& window, Ring& ring,
                     Chunks& received) {
    if (packet.size() != packet_bytes) {
        co_return;  // not one of ours
    }
    Header header{};
    std::memcpy(&header, packet.data(), sizeof header);
    auto place = window.place(header.sequence);
    while (place.needs_chunk) {
        while (window.must_take()) {  // the oldest has waited long enough for what is missing
            co_await received.push(window.take());
        }
        Ring::Allocation ticket = ring.acquire();
        Chunk& chunk = co_await ticket.wait_events();
        window.open(std::move(ticket), chunk.present);
        place = window.place(header.sequence);
    }
    if (place) {  // not late, nor there already
        std::memcpy((*place.chunk)->samples.data() + place.index * floats_per_packet,
                    packet.data() + sizeof header, packet.size() - sizeof header);
    }
}
// [/place]

// [receive]
juggle::Task<> receive(juggle::asio::PacketReceiver<>& receiver, Window& window, Ring& ring,
                       Chunks& received) {
    for (;;) {
        co_await juggle::timeout(1s, receiver.receive());  // many packets at a time
        while (const auto packet = receiver.next()) {
            co_await place(*packet, window, ring, received);
        }
    }
}

juggle::Task<> pass_on_the_rest(Window& window, Chunks& received) {
    while (!window.empty()) {
        co_await received.push(window.take());
    }
}
// [/receive]

// [compute]
juggle::Task<> compute(Device& device, Chunks& received, Chunks& computed) {
    const ClosedAtEnd in{received};
    const ClosedAtEnd out{computed};
    while (auto taken = co_await received.pop()) {
        co_await jcl::enqueue(device.queue, taken->chunk, [&](jcl::Commands& commands) {
            device.enqueue_triple(taken->chunk->samples, &commands);
        });
        co_await computed.push(std::move(*taken));
    }
}
// [/compute]

// [send]
juggle::Task<> send(asio::ip::udp::socket& socket, Chunks& computed) {
    const ClosedAtEnd in{computed};
    juggle::asio::PacketSender sender{socket, {.bytes_per_second = 100'000'000}};
    std::vector<Header> headers(packets_per_chunk);
    std::vector<juggle::asio::PacketParts> packets;
    while (auto taken = co_await computed.pop()) {
        co_await jcl::wait_for_events(taken->chunk.tracked());
        const Chunk& chunk = *taken->chunk;
        packets.clear();
        for (std::size_t index = 0; index < packets_per_chunk; ++index) {
            if (chunk.present[index] == 0) {
                continue;  // what did not come is not made up
            }
            headers[index].sequence = taken->first_sequence + index;
            packets.push_back({std::as_bytes(std::span{&headers[index], 1}),
                               std::as_bytes(std::span{chunk.samples})
                                   .subspan(index * floats_per_packet * sizeof(float),
                                            floats_per_packet * sizeof(float))});
        }
        co_await sender.send(packets);
        taken->chunk.ready();
    }
}
// [/send]

namespace {

// [packets]
juggle::Task<> take_in(juggle::asio::PacketReceiver<>& receiver, Window& window, Ring& ring,
                       Chunks& received) {
    const ClosedAtEnd out{received};
    try {
        co_await receive(receiver, window, ring, received);
    } catch (const juggle::TimedOut&) {  // NOLINT(bugprone-empty-catch): nothing comes any more
    }
    co_await pass_on_the_rest(window, received);
}

juggle::Task<Losses> serve(Device& device, asio::ip::udp::socket socket) {
    Ring ring{6, [](std::size_t) { return Chunk{}; }};
    Chunks received{2};
    Chunks computed{2};
    juggle::asio::PacketReceiver<> receiver{socket, {.receive_buffer = 4 << 20}};
    Window window{{.packets_per_chunk = packets_per_chunk, .max_open = 2}};
    co_await juggle::when_all(take_in(receiver, window, ring, received),
                              compute(device, received, computed), send(socket, computed));
    co_return Losses{window.counts().missing, window.counts().doubled, receiver.counts().dropped};
}
// [/packets]

}  // namespace

Losses run_packets(Device& device, asio::io_context& context, asio::ip::udp::socket socket) {
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    return executor.run(serve(device, std::move(socket)));
}

}  // namespace network
