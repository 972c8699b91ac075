#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace reaction_diffusion {

/// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), 64 bits: equal states have equal sums.
[[nodiscard]] inline std::uint64_t checksum(std::span<const std::byte> bytes) noexcept {
    std::uint64_t sum = 0xcbf2'9ce4'8422'2325U;
    for (const std::byte byte : bytes) {
        sum = (sum ^ static_cast<std::uint64_t>(byte)) * 0x100'0000'01b3U;
    }
    return sum;
}

}  // namespace reaction_diffusion
