#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace common {

/// What an `rtl_tcp` server says first: that it is one, and which tuner its receiver has. Behind it
/// come unsigned 8-bit I/Q samples until the connection ends.
///
/// The protocol is that of `rtl_tcp` of librtlsdr; numbers are big-endian.
struct RtlTcpHeader {
    static constexpr std::size_t size = 12;  ///< bytes

    std::uint32_t tuner = 0;  ///< 0: unknown, 5: R820T
    std::uint32_t gains = 0;  ///< how many gains the tuner can be set to

    [[nodiscard]] std::array<std::byte, size> bytes() const;
    /// Nothing if these are not the first bytes of such a server.
    [[nodiscard]] static std::optional<RtlTcpHeader> from(std::span<const std::byte, size> bytes);

    friend bool operator==(const RtlTcpHeader&, const RtlTcpHeader&) = default;
};

}  // namespace common
