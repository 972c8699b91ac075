#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

/// Where a program connects to, or where it can be reached.
struct HostAndPort {
    std::string host;  ///< a name or an address; one of IPv6 without its brackets
    std::uint16_t port = 0;

    friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

/// "HOST:PORT", or "HOST" alone if there is a default port. An IPv6 address is in brackets:
/// "[::1]:1234". Nothing if `text` is none of them, or the port is not from 1 to 65535.
[[nodiscard]] std::optional<HostAndPort> host_and_port_from(
    std::string_view text, std::optional<std::uint16_t> default_port = std::nullopt);

/// "PORT", or "ADDRESS:PORT", for a program that listens; without an address it is `default_host`.
/// Port 0 is one that the system chooses.
[[nodiscard]] std::optional<HostAndPort> address_and_port_from(std::string_view text,
                                                               std::string_view default_host);

/// As it is read: with brackets where they are needed.
[[nodiscard]] std::string shown(const HostAndPort& place);

}  // namespace common
