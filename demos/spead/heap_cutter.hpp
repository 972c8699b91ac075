#pragma once

#include "spead/item_pointer.hpp"

#include <juggle/asio/packet_parts.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spead {

/// Cuts heaps into packets to be sent. Each repeats all items, so that a receiver knows what it is
/// for whichever comes first, or is lost.
class HeapCutter {
public:
    /// For datagrams of at most `max_datagram` bytes, which have room for `items` and some payload.
    HeapCutter(std::size_t items, std::size_t max_datagram);

    /// The packets of one heap, all of one length but the last, which may be shorter; as many items
    /// as was said. They refer to `payload`, and are valid until the next call.
    [[nodiscard]] std::span<const juggle::asio::PacketParts> cut(
        std::uint64_t heap_count, std::span<const ItemPointer> items,
        std::span<const std::byte> payload);

private:
    std::size_t header_size_;
    std::size_t max_payload_;
    std::vector<std::byte> headers_;
    std::vector<juggle::asio::PacketParts> packets_;
};

}  // namespace spead
