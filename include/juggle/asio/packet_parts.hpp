#pragma once

#include <juggle/config.hpp>

#include <cstddef>
#include <span>

namespace juggle::inline JUGGLE_ABI::asio {

/// A datagram to be sent: a header and a payload, each where it is.
struct PacketParts {
    std::span<const std::byte> header{};
    std::span<const std::byte> payload{};

    [[nodiscard]] std::size_t size() const noexcept { return header.size() + payload.size(); }
};

}  // namespace juggle::asio
