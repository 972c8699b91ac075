#pragma once

#include <cstddef>
#include <string_view>

namespace filter_bank {

/// How one I/Q sample lies in the input. All are little-endian, I before Q.
enum class SampleFormat {
    cu8,   ///< two unsigned bytes, (v - 127.5) / 128
    ci16,  ///< two signed 16-bit integers, v / 32768
    cf32,  ///< two 32-bit floats, as they are
    ci8,   ///< two signed bytes, v / 128
};

[[nodiscard]] constexpr std::size_t bytes_per_sample(SampleFormat format) {
    switch (format) {
        case SampleFormat::cu8:
        case SampleFormat::ci8:
            return 2;
        case SampleFormat::ci16:
            return 4;
        case SampleFormat::cf32:
            return 8;
    }
    return 0;
}

[[nodiscard]] constexpr std::string_view name_of(SampleFormat format) {
    switch (format) {
        case SampleFormat::cu8:
            return "cu8";
        case SampleFormat::ci8:
            return "ci8";
        case SampleFormat::ci16:
            return "ci16";
        case SampleFormat::cf32:
            return "cf32";
    }
    return "?";
}

}  // namespace filter_bank
