#include "spead/heap_cutter.hpp"

#include "spead/packet.hpp"

#include <algorithm>
#include <cassert>

namespace spead {

HeapCutter::HeapCutter(std::size_t items, std::size_t max_datagram)
    : header_size_{header_size(items)}, max_payload_{max_datagram - header_size_} {
    assert(max_datagram > header_size_);
}

std::span<const juggle::asio::PacketParts> HeapCutter::cut(std::uint64_t heap_count,
                                                           std::span<const ItemPointer> items,
                                                           std::span<const std::byte> payload) {
    assert(header_size(items.size()) == header_size_);
    const std::size_t count =
        std::max<std::size_t>((payload.size() + max_payload_ - 1) / max_payload_, 1);
    headers_.resize(count * header_size_);
    packets_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t offset = i * max_payload_;
        const auto part = payload.subspan(offset, std::min(max_payload_, payload.size() - offset));
        const std::span<std::byte> header =
            std::span{headers_}.subspan(i * header_size_, header_size_);
        write_header({.heap_count = heap_count,
                      .heap_size = payload.size(),
                      .heap_offset = offset,
                      .payload_length = part.size()},
                     items, header);
        packets_[i] = {.header = header, .payload = part};
    }
    return packets_;
}

}  // namespace spead
