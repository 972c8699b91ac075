#include "common/host_and_port.hpp"

#include <charconv>

namespace common {
namespace {

std::optional<std::uint16_t> port_from(std::string_view text) {
    std::uint16_t port = 0;
    const auto [stopped, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (problem != std::errc{} || stopped != text.data() + text.size()) {
        return std::nullopt;
    }
    return port;
}

/// What no name or address has in it; what is meant for one ends up in messages and requests.
bool is_host(std::string_view text, bool in_brackets) {
    for (const char letter : text) {
        if (letter <= ' ' || letter == '\x7f' || letter == '[' || letter == ']' || letter == '/' ||
            (letter == ':' && !in_brackets)) {
            return false;
        }
    }
    return !text.empty();
}

struct Split {
    std::string_view host;
    std::optional<std::string_view> port;
};

std::optional<Split> split(std::string_view text) {
    Split parts{.host = text, .port = std::nullopt};
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        parts.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        parts.host = text.substr(0, text.find(':'));
        rest = text.substr(parts.host.size());
    }
    if (!is_host(parts.host, text.starts_with('[')) || (!rest.empty() && rest.front() != ':')) {
        return std::nullopt;
    }
    if (!rest.empty()) {
        parts.port = rest.substr(1);
    }
    return parts;
}

}  // namespace

std::optional<HostAndPort> host_and_port_from(std::string_view text,
                                              std::optional<std::uint16_t> default_port) {
    const std::optional<Split> parts = split(text);
    if (!parts) {
        return std::nullopt;
    }
    const std::optional<std::uint16_t> port = parts->port ? port_from(*parts->port) : default_port;
    if (!port || *port == 0) {
        return std::nullopt;
    }
    return HostAndPort{.host = std::string(parts->host), .port = *port};
}

std::optional<HostAndPort> address_and_port_from(std::string_view text,
                                                 std::string_view default_host) {
    if (const std::optional<std::uint16_t> port = port_from(text)) {
        return HostAndPort{.host = std::string(default_host), .port = *port};
    }
    const std::optional<Split> parts = split(text);
    if (!parts || !parts->port) {
        return std::nullopt;
    }
    const std::optional<std::uint16_t> port = port_from(*parts->port);
    if (!port) {
        return std::nullopt;
    }
    return HostAndPort{.host = std::string(parts->host), .port = *port};
}

std::string shown(const HostAndPort& place) {
    const bool brackets = place.host.find(':') != std::string::npos;
    return (brackets ? '[' + place.host + ']' : place.host) + ':' + std::to_string(place.port);
}

}  // namespace common
