#include "fengine/transmitter.hpp"

#include "common/error.hpp"
#include "fengine/stream_items.hpp"
#include "spead/packet.hpp"

#include <array>
#include <iostream>

namespace fengine {

namespace net = boost::asio;
using net::ip::udp;
using spead::ItemPointer;

namespace {

constexpr std::size_t items_in_heap = 4;

std::vector<udp::endpoint> resolve(const StreamOptions& stream, net::io_context& context) {
    std::vector<udp::endpoint> endpoints;
    udp::resolver resolver{context};
    for (const common::HostAndPort& place : stream.to) {
        boost::system::error_code error;
        const auto found = resolver.resolve(place.host, std::to_string(place.port),
                                            udp::resolver::numeric_service, error);
        if (error || found.empty()) {
            throw common::Error("--stream: name=" + stream.name + ": to=" + shown(place) + ": " +
                                error.message());
        }
        endpoints.push_back(found.begin()->endpoint());
        if (endpoints.back().protocol() != endpoints.front().protocol()) {
            throw common::Error("--stream: name=" + stream.name + ": to=" + shown(place) +
                                " has another kind of address than the first one");
        }
    }
    return endpoints;
}

juggle::asio::PacketSenderOptions sender_options(const Options& options) {
    juggle::asio::PacketSenderOptions sender;
    constexpr double bytes_in_gigabit = 1e9 / 8;
    sender.bytes_per_second = static_cast<std::uint64_t>(options.send_rate * bytes_in_gigabit);
    return sender;
}

}  // namespace

Transmitter::Transmitter(const Options& options, const StreamOptions& stream,
                         const OutputLayout& layout, net::io_context& context)
    : name_{stream.name}, antenna_{options.antenna}, layout_{layout}, to_{resolve(stream, context)},
      socket_{context, to_.front().protocol()}, sender_{socket_, sender_options(options)},
      cutter_{items_in_heap, options.max_datagram} {}

juggle::Task<> Transmitter::send(std::uint64_t timestamp, std::span<const std::byte> block) {
    const std::size_t channels = layout_.channels / to_.size();
    const std::size_t heap_bytes = channels * layout_.bytes_per_channel();
    for (std::size_t i = 0; i < to_.size(); ++i) {
        const std::array items{ItemPointer::immediate(item::timestamp, timestamp),
                               ItemPointer::immediate(item::feng_id, antenna_),
                               ItemPointer::immediate(item::frequency, i * channels),
                               ItemPointer::at(item::feng_raw, 0)};
        const auto packets =
            cutter_.cut(next_heap_++, items, block.subspan(i * heap_bytes, heap_bytes));
        const bool is_sent = co_await send_heap(to_[i], packets);
        ++(is_sent ? counts_.heaps : counts_.unsent);
    }
}

juggle::Task<> Transmitter::send_stop() {
    const std::array items{ItemPointer::immediate(spead::item::stream_control, spead::stream_stop)};
    spead::HeapCutter cutter{items.size(), spead::header_size(items.size()) + 1};
    for (const Endpoint& endpoint : to_) {
        const auto packets = cutter.cut(next_heap_++, items, {});
        (void)co_await send_heap(endpoint, packets);
    }
}

juggle::Task<bool> Transmitter::send_heap(const Endpoint& to,
                                          std::span<const juggle::asio::PacketParts> packets) {
    try {
        co_await sender_.send_to(to, packets);
        is_refused_ = false;
        co_return true;
    } catch (const boost::system::system_error& error) {
        if (!is_refused_) {
            std::cerr << "fengine: stream '" << name_
                      << "': a heap cannot be sent: " << error.what() << '\n';
        }
        is_refused_ = true;
    }
    co_return false;
}

}  // namespace fengine
