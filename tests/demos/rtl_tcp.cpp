#include "common/rtl_tcp_command.hpp"
#include "common/rtl_tcp_header.hpp"
#include "support/catch.hpp"

#include <array>
#include <cstddef>

using common::RtlTcpCommand;
using common::RtlTcpHeader;

namespace {

template <class... Numbers>
constexpr std::array<std::byte, sizeof...(Numbers)> bytes(Numbers... numbers) {
    return {static_cast<std::byte>(numbers)...};
}

}  // namespace

// As rtl_tcp.c of librtlsdr writes it.
TEST_CASE("The header of a server is its name and two big-endian numbers") {
    const auto expected = bytes('R', 'T', 'L', '0', 0, 0, 0, 5, 0, 0, 1, 29);
    const RtlTcpHeader header{.tuner = 5, .gains = 285};
    CHECK(header.bytes() == expected);
    CHECK(RtlTcpHeader::from(expected) == header);
}

TEST_CASE("Who does not begin with the name is no such server") {
    for (std::size_t i = 0; i < 4; ++i) {
        auto other = RtlTcpHeader{.tuner = 5, .gains = 29}.bytes();
        other.at(i) ^= std::byte{1};
        CAPTURE(i);
        CHECK_FALSE(RtlTcpHeader::from(other));
    }
}

TEST_CASE("A command is a byte and a big-endian number") {
    const RtlTcpCommand command{.code = RtlTcpCommand::Code::frequency, .value = 1'090'000'000};
    CHECK(command.bytes() == bytes(1, 0x40, 0xf8, 0x14, 0x80));
    CHECK(RtlTcpCommand::from(command.bytes()) == command);
}

TEST_CASE("A command says in words what it sets") {
    using Code = RtlTcpCommand::Code;
    const auto text = [](Code code, std::uint32_t value) {
        return RtlTcpCommand{.code = code, .value = value}.text();
    };
    CHECK(text(Code::frequency, 0xffffffff) == "frequency 4294967295 Hz");
    CHECK(text(Code::sample_rate, 2'400'000) == "sample rate 2400000 Hz");
    CHECK(text(Code::manual_gain, 0) == "gain automatic");
    CHECK(text(Code::manual_gain, 1) == "gain set by hand");
    CHECK(text(Code::gain, 496) == "gain 49.6 dB");
    CHECK(text(Code::gain, static_cast<std::uint32_t>(-10)) == "gain -1.0 dB");
    CHECK(text(Code::frequency_correction, static_cast<std::uint32_t>(-3)) ==
          "frequency correction -3 ppm");
    CHECK(text(Code::intermediate_gain, 0x0002ffce) == "gain of intermediate stage 2: -5.0 dB");
    CHECK(text(Code::bias_tee, 1) == "bias tee on");
    CHECK(text(static_cast<Code>(0x7f), 3) == "unknown command 0x7f with 3");
}

TEST_CASE("Any byte is a command that has words") {
    for (unsigned code = 0; code < 256; ++code) {
        const RtlTcpCommand command = RtlTcpCommand::from(bytes(code, 0xff, 0xff, 0xff, 0xff));
        CAPTURE(code);
        CHECK(static_cast<unsigned>(command.code) == code);
        CHECK_FALSE(command.text().empty());
    }
}
