// Numbered packets come in any order, twice, or not at all; each chunk of memory says what it has.
#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include <asio.hpp>

using asio::ip::udp;

struct Packet {
    std::uint32_t sequence;
    std::uint32_t value;
};
struct Chunk {
    std::array<std::uint32_t, 4> values;
    std::array<std::uint8_t, 4> present;  // a byte for each packet
};
using Ring = juggle::ResourceRing<Chunk>;
using Window = juggle::asio::PacketWindow<Ring::Allocation>;

juggle::Task<> receive(udp::socket& socket, Ring& ring, juggle::Channel<Window::Taken>& full) {
    juggle::asio::PacketReceiver receiver{socket};
    Window window{{.packets_per_chunk = 4, .max_open = 2, .sequence_bits = 32}};
    for (Packet packet{}; packet.sequence != 11;) {
        co_await receiver.receive();
        while (const auto bytes = receiver.next()) {
            if (bytes->size() != sizeof packet) {
                continue;  // not one of ours
            }
            std::memcpy(&packet, bytes->data(), sizeof packet);
            auto place = window.place(packet.sequence);
            while (place.needs_chunk) {
                while (window.must_take()) {
                    co_await full.push(window.take());
                }
                Ring::Allocation ticket = co_await ring.acquire();
                Chunk& chunk = *ticket;
                window.open(std::move(ticket), chunk.present);
                place = window.place(packet.sequence);
            }
            if (place) {
                (*place.chunk)->values[place.index] = packet.value;
            }
        }
    }
    while (!window.empty()) {
        co_await full.push(window.take());
    }
    full.close();
    std::printf("%d came twice, %d late\n", static_cast<int>(window.counts().doubled),
                static_cast<int>(window.counts().late));
}

juggle::Task<> use(juggle::Channel<Window::Taken>& full) {
    while (auto taken = co_await full.pop()) {
        std::printf("from packet %d:", static_cast<int>(taken->first_sequence));
        for (std::size_t index = 0; index < 4; ++index) {
            const Chunk& chunk = *taken->chunk;
            chunk.present[index] != 0 ? std::printf(" %u", chunk.values[index]) : std::printf(" -");
        }
        std::puts("");
        taken->chunk.ready();
    }
}

juggle::Task<> stream(udp::socket& socket) {
    Ring ring{3, [](std::size_t) { return Chunk{}; }};
    juggle::Channel<Window::Taken> full{1};
    co_await juggle::when_all(receive(socket, ring, full), use(full));
}

int main() {
    asio::io_context context;
    udp::socket from{context, {asio::ip::address_v4::loopback(), 0}};
    udp::socket to{context, {asio::ip::address_v4::loopback(), 0}};
    for (const std::uint32_t sequence : {0U, 1U, 2U, 5U, 3U, 4U, 4U, 6U, 9U, 7U, 10U, 1U, 11U}) {
        const Packet packet{sequence, 100 + sequence};
        from.send_to(asio::buffer(&packet, sizeof packet), to.local_endpoint());
    }
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(stream(to));
}

// prints:
// from packet 0: 100 101 102 103
// from packet 4: 104 105 106 107
// from packet 8: - 109 110 111
// 1 came twice, 1 late
