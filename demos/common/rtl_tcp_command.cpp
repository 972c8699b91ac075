#include "common/rtl_tcp_command.hpp"

#include "common/big_endian.hpp"

#include <cstdio>

namespace common {
namespace {

std::string on_or_off(const char* what, std::uint32_t value) {
    return std::string(what) + (value == 0 ? " off" : " on");
}

std::string number(const char* what, std::uint32_t value, const char* unit = "") {
    return what + (' ' + std::to_string(value)) + unit;
}

/// Of a number that has a sign although it travels without.
std::string tenths_of_decibel(const char* what, std::int32_t value) {
    char text[32];
    std::snprintf(text, sizeof text, " %.1f dB", value / 10.0);
    return what + std::string(text);
}

}  // namespace

std::array<std::byte, RtlTcpCommand::size> RtlTcpCommand::bytes() const {
    std::array<std::byte, size> all{};
    all[0] = static_cast<std::byte>(code);
    put_big_endian(value, std::span<std::byte, size>{all}.subspan<1, 4>());
    return all;
}

RtlTcpCommand RtlTcpCommand::from(std::span<const std::byte, size> bytes) {
    return {.code = static_cast<Code>(bytes[0]), .value = big_endian(bytes.subspan<1, 4>())};
}

std::string RtlTcpCommand::text() const {
    switch (code) {
        case Code::frequency:
            return number("frequency", value, " Hz");
        case Code::sample_rate:
            return number("sample rate", value, " Hz");
        case Code::manual_gain:
            return value == 0 ? "gain automatic" : "gain set by hand";
        case Code::gain:
            return tenths_of_decibel("gain", static_cast<std::int32_t>(value));
        case Code::frequency_correction:
            return "frequency correction " + std::to_string(static_cast<std::int32_t>(value)) +
                   " ppm";
        case Code::intermediate_gain:
            return number("gain of intermediate stage", value >> 16, ":") +
                   tenths_of_decibel("", static_cast<std::int16_t>(value & 0xffff));
        case Code::test_mode:
            return on_or_off("test mode", value);
        case Code::digital_gain_control:
            return on_or_off("digital gain control", value);
        case Code::direct_sampling:
            return number("direct sampling", value);
        case Code::offset_tuning:
            return on_or_off("offset tuning", value);
        case Code::receiver_crystal:
            return number("crystal of the receiver", value, " Hz");
        case Code::tuner_crystal:
            return number("crystal of the tuner", value, " Hz");
        case Code::gain_by_index:
            return number("gain number", value);
        case Code::bias_tee:
            return on_or_off("bias tee", value);
    }
    char text[64];
    std::snprintf(text, sizeof text, "unknown command 0x%02x with %u", static_cast<unsigned>(code),
                  static_cast<unsigned>(value));
    return text;
}

}  // namespace common
