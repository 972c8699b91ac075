#pragma once

#include "spead/item_pointer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace spead {

/// A packet of SPEAD-64-48: a part of a heap, and what the packet says of the heap's items. It
/// refers to the datagram.
class Packet {
public:
    /// Nothing if the datagram is no such packet: another protocol or flavour, cut off, without one
    /// of the four items that place it, or with a payload that does not fit. What follows the
    /// payload is ignored.
    [[nodiscard]] static std::optional<Packet> parse(std::span<const std::byte> datagram) noexcept;

    [[nodiscard]] std::uint64_t heap_count() const { return heap_count_; }
    [[nodiscard]] std::uint64_t heap_size() const { return heap_size_; }
    /// Where in the heap the payload belongs: `heap_offset() + payload().size() <= heap_size()`.
    [[nodiscard]] std::uint64_t heap_offset() const { return heap_offset_; }
    [[nodiscard]] std::span<const std::byte> payload() const { return payload_; }

    /// All items, those of the protocol among them.
    [[nodiscard]] std::size_t items() const { return pointers_.size() / sizeof(std::uint64_t); }
    [[nodiscard]] ItemPointer item(std::size_t index) const;
    /// The first with this identifier.
    [[nodiscard]] std::optional<ItemPointer> find(unsigned id) const;

private:
    Packet() = default;

    std::uint64_t heap_count_ = 0;
    std::uint64_t heap_size_ = 0;
    std::uint64_t heap_offset_ = 0;
    std::span<const std::byte> pointers_;
    std::span<const std::byte> payload_;
};

/// How long the header of a packet is that has `items` besides the four that place it.
[[nodiscard]] constexpr std::size_t header_size(std::size_t items) {
    return sizeof(std::uint64_t) * (1 + 4 + items);
}

/// What places a packet's payload.
struct PacketPlace {
    std::uint64_t heap_count;
    std::uint64_t heap_size;
    std::uint64_t heap_offset;
    std::uint64_t payload_length;
};

/// `into` has header_size(items.size()) bytes.
void write_header(const PacketPlace& place, std::span<const ItemPointer> items,
                  std::span<std::byte> into);

}  // namespace spead
