#pragma once

#include <cstdint>

namespace spead {

/// What the protocol itself knows of a packet, as items.
namespace item {
inline constexpr unsigned null = 0;
inline constexpr unsigned heap_count = 1;
inline constexpr unsigned heap_size = 2;
inline constexpr unsigned heap_offset = 3;
inline constexpr unsigned payload_length = 4;
inline constexpr unsigned stream_control = 6;
}  // namespace item

/// The value of `item::stream_control` by which a sender says that it has ended.
inline constexpr std::uint64_t stream_stop = 2;

/// One item of a heap in the flavour SPEAD-64-48: an identifier of 15 bits, and 48 bits that are
/// either the item's value or say where in the heap its bytes begin.
class ItemPointer {
public:
    static constexpr unsigned value_bits = 48;
    static constexpr std::uint64_t value_mask = (std::uint64_t{1} << value_bits) - 1;

    constexpr ItemPointer() = default;
    constexpr explicit ItemPointer(std::uint64_t word) : word_{word} {}

    [[nodiscard]] static constexpr ItemPointer immediate(unsigned id, std::uint64_t value) {
        return ItemPointer{immediate_flag | at(id, value).word_};
    }
    [[nodiscard]] static constexpr ItemPointer at(unsigned id, std::uint64_t address) {
        return ItemPointer{(std::uint64_t{id & id_mask} << value_bits) | (address & value_mask)};
    }

    [[nodiscard]] constexpr bool is_immediate() const { return (word_ & immediate_flag) != 0; }
    [[nodiscard]] constexpr unsigned id() const {
        return static_cast<unsigned>(word_ >> value_bits) & id_mask;
    }
    /// The value if it is immediate, else the address.
    [[nodiscard]] constexpr std::uint64_t value() const { return word_ & value_mask; }
    [[nodiscard]] constexpr std::uint64_t word() const { return word_; }

private:
    static constexpr unsigned id_mask = 0x7fff;
    static constexpr std::uint64_t immediate_flag = std::uint64_t{1} << 63;

    std::uint64_t word_ = 0;
};

}  // namespace spead
