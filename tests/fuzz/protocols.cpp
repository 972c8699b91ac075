// What comes from the network, or names a place in it, as any bytes: headers and commands of
// rtl_tcp, hosts and ports, names for JSON. What was read is written as it was.

#include "common/host_and_port.hpp"
#include "common/json_text.hpp"
#include "common/rtl_tcp_command.hpp"
#include "common/rtl_tcp_header.hpp"
#include "input.hpp"

#include <optional>
#include <string>

namespace {

using common::HostAndPort;
using common::RtlTcpCommand;
using common::RtlTcpHeader;
using fuzz::require;

void check_rtl_tcp(std::span<const std::byte> bytes) {
    if (bytes.size() >= RtlTcpHeader::size) {
        const auto first = bytes.first<RtlTcpHeader::size>();
        if (const auto header = RtlTcpHeader::from(first)) {
            require(std::ranges::equal(header->bytes(), first),
                    "a header is written as it was read");
        }
    }
    for (; bytes.size() >= RtlTcpCommand::size; bytes = bytes.subspan(RtlTcpCommand::size)) {
        const auto first = bytes.first<RtlTcpCommand::size>();
        const RtlTcpCommand command = RtlTcpCommand::from(first);
        require(std::ranges::equal(command.bytes(), first), "a command is written as it was read");
        require(!command.text().empty(), "a command has words");
    }
}

void check(const std::optional<HostAndPort>& place) {
    if (place) {
        require(!place->host.empty(), "a host has a name");
        if (place->port != 0) {
            require(common::host_and_port_from(shown(*place)) == place,
                    "a place is read as it is shown");
        }
    }
}

void check_json(const std::string& text) {
    const std::string json = common::json_text(text);
    require(json.size() >= 2 && json.front() == '"' && json.back() == '"', "it is a string");
    for (std::size_t i = 1; i + 1 < json.size(); ++i) {
        require(static_cast<unsigned char>(json[i]) >= 0x20, "no control characters");
        if (json[i] == '\\') {
            ++i;
            require(i + 1 < json.size(), "the last quote is not escaped");
        } else {
            require(json[i] != '"', "the string does not end before");
        }
    }
    require(common::json_text("?" + text).size() == json.size() + 1, "its characters are apart");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input(data, size);
    check_rtl_tcp(input.rest());
    const std::string text = fuzz::Input(input).text_until('\0');
    check(common::host_and_port_from(text));
    check(common::host_and_port_from(text, 1234));
    check(common::address_and_port_from(text, "127.0.0.1"));
    check_json(text);
    return 0;
}
