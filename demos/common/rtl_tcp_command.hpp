#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace common {

/// What a client tells an `rtl_tcp` server, any number of times: a byte for what is to be set, and
/// a big-endian number.
struct RtlTcpCommand {
    static constexpr std::size_t size = 5;  ///< bytes

    /// Any other byte may come as well.
    enum class Code : std::uint8_t {
        frequency = 0x01,             ///< hertz
        sample_rate = 0x02,           ///< samples a second
        manual_gain = 0x03,           ///< 0: the tuner's gain is automatic
        gain = 0x04,                  ///< tenths of a decibel
        frequency_correction = 0x05,  ///< parts in a million, with a sign
        intermediate_gain = 0x06,     ///< stage in the upper half, tenths of a decibel in the lower
        test_mode = 0x07,             ///< 0 or 1
        digital_gain_control = 0x08,  ///< 0 or 1
        direct_sampling = 0x09,       ///< 0, or 1 or 2 for the I or the Q input
        offset_tuning = 0x0a,         ///< 0 or 1
        receiver_crystal = 0x0b,      ///< hertz
        tuner_crystal = 0x0c,         ///< hertz
        gain_by_index = 0x0d,
        bias_tee = 0x0e,  ///< 0 or 1
    };

    Code code = Code::frequency;
    std::uint32_t value = 0;

    [[nodiscard]] std::array<std::byte, size> bytes() const;
    [[nodiscard]] static RtlTcpCommand from(std::span<const std::byte, size> bytes);

    /// What it sets, in words: "frequency 1090000000 Hz"; "unknown command 0x7f with 3".
    [[nodiscard]] std::string text() const;

    friend bool operator==(const RtlTcpCommand&, const RtlTcpCommand&) = default;
};

}  // namespace common
