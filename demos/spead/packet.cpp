#include "spead/packet.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>

namespace spead {
namespace {

constexpr std::size_t word_size = sizeof(std::uint64_t);

// "S", version 4, 16 bits for an item's identifier with its flag, 48 for its value; then 16 bits
// that mean nothing and the number of items.
constexpr std::uint64_t flavour = 0x5304'0206'0000'0000;
constexpr std::uint64_t flavour_mask = 0xffff'ffff'0000'0000;
constexpr std::uint64_t count_mask = 0xffff;

std::uint64_t word_at(const std::byte* bytes) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < word_size; ++i) {
        word = word << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    }
    return word;
}

void put_word(std::uint64_t word, std::byte* to) {
    for (std::size_t i = 0; i < word_size; ++i) {
        to[i] = static_cast<std::byte>(word >> (8 * (word_size - 1 - i)));
    }
}

}  // namespace

std::optional<Packet> Packet::parse(std::span<const std::byte> datagram) noexcept {
    if (datagram.size() < word_size) {
        return std::nullopt;
    }
    const std::uint64_t header = word_at(datagram.data());
    const std::size_t pointer_bytes = static_cast<std::size_t>(header & count_mask) * word_size;
    datagram = datagram.subspan(word_size);
    if ((header & flavour_mask) != flavour || pointer_bytes > datagram.size()) {
        return std::nullopt;
    }
    Packet packet;
    packet.pointers_ = datagram.first(pointer_bytes);
    datagram = datagram.subspan(pointer_bytes);

    std::array<std::uint64_t, item::payload_length + 1> places{};
    std::array<bool, places.size()> is_there{true};  // the null item need not be
    for (std::size_t i = 0; i < packet.items(); ++i) {
        const ItemPointer pointer = packet.item(i);
        if (pointer.is_immediate() && pointer.id() < places.size()) {
            places.at(pointer.id()) = pointer.value();
            is_there.at(pointer.id()) = true;
        }
    }
    if (!std::ranges::all_of(is_there, std::identity{})) {
        return std::nullopt;
    }
    packet.heap_count_ = places[item::heap_count];
    packet.heap_size_ = places[item::heap_size];
    packet.heap_offset_ = places[item::heap_offset];
    const std::uint64_t length = places[item::payload_length];
    // These have 48 bits, so their sum does not wrap.
    if (length > datagram.size() || packet.heap_offset_ + length > packet.heap_size_) {
        return std::nullopt;
    }
    packet.payload_ = datagram.first(static_cast<std::size_t>(length));
    return packet;
}

ItemPointer Packet::item(std::size_t index) const {
    assert(index < items());
    return ItemPointer{word_at(pointers_.data() + index * word_size)};
}

std::optional<ItemPointer> Packet::find(unsigned id) const {
    for (std::size_t i = 0; i < items(); ++i) {
        if (item(i).id() == id) {
            return item(i);
        }
    }
    return std::nullopt;
}

void write_header(const PacketPlace& place, std::span<const ItemPointer> items,
                  std::span<std::byte> into) {
    assert(into.size() == header_size(items.size()));
    std::byte* to = into.data();
    const auto put = [&to](std::uint64_t word) {
        put_word(word, to);
        to += word_size;
    };
    put(flavour | (4 + items.size()));
    put(ItemPointer::immediate(item::heap_count, place.heap_count).word());
    put(ItemPointer::immediate(item::heap_size, place.heap_size).word());
    put(ItemPointer::immediate(item::heap_offset, place.heap_offset).word());
    put(ItemPointer::immediate(item::payload_length, place.payload_length).word());
    for (const ItemPointer& pointer : items) {
        put(pointer.word());
    }
}

}  // namespace spead
