#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace common {

inline void put_big_endian(std::uint32_t value, std::span<std::byte, 4> to) {
    for (std::size_t i = 0; i < 4; ++i) {
        to[i] = static_cast<std::byte>(value >> (24 - 8 * i));
    }
}

[[nodiscard]] inline std::uint32_t big_endian(std::span<const std::byte, 4> bytes) {
    std::uint32_t value = 0;
    for (const std::byte byte : bytes) {
        value = value << 8 | std::to_integer<std::uint32_t>(byte);
    }
    return value;
}

}  // namespace common
