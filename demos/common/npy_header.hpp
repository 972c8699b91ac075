#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace common {

/// The beginning of a NumPy file (format 1.0), always as long, so that one with another shape can
/// take its place: `type` is '<f4', say, and the numbers follow in C's order.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
[[nodiscard]] inline std::string npy_header(std::string_view type,
                                            std::initializer_list<std::uint64_t> shape) {
    // The length must be a multiple of 64; this has room for any shape that fits into memory.
    constexpr std::size_t header_size = 128;
    constexpr std::size_t preamble_size = 10;
    constexpr std::size_t dictionary_size = header_size - preamble_size;
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(dictionary_size % 256);
    text += static_cast<char>(dictionary_size / 256);
    text += "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
    for (const char* separator = ""; const std::uint64_t size : shape) {
        text += separator + std::to_string(size);
        separator = ", ";
    }
    text += "), }";
    text.resize(header_size - 1, ' ');
    text += '\n';
    return text;
}

}  // namespace common
