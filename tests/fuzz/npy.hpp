#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A reader of NumPy files that knows nothing of the writer: written after the format's own page,
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, and as strict as it can
/// be about what it understands: two-dimensional float32 in C order, format 1.0.
namespace npy {

struct Array {
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::vector<float> values;
};

/// Takes `expected` off the front of `text`.
inline bool skip(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) {
        return false;
    }
    text.remove_prefix(expected.size());
    return true;
}

inline std::optional<std::uint64_t> number(std::string_view& text) {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

/// The array's shape, from the header's dictionary as numpy.save writes it.
inline bool read_dictionary(std::string_view text, Array& array) {
    if (!skip(text, "{'descr': '<f4', 'fortran_order': False, 'shape': (")) {
        return false;
    }
    const auto rows = number(text);
    if (!rows || !skip(text, ", ")) {
        return false;
    }
    const auto columns = number(text);
    if (!columns || !skip(text, "), }")) {
        return false;
    }
    array.rows = *rows;
    array.columns = *columns;
    return !text.empty() && text.back() == '\n' &&
           text.find_first_not_of(' ') == text.size() - 1;  // padded by spaces
}

/// Nothing if it is no such file, whole.
inline std::optional<Array> read(std::span<const std::byte> file) {
    constexpr std::string_view magic("\x93NUMPY\x01\x00", 8);
    constexpr std::size_t preamble = magic.size() + 2;
    if (file.size() < preamble || std::memcmp(file.data(), magic.data(), magic.size()) != 0) {
        return std::nullopt;
    }
    const std::size_t length =
        std::to_integer<std::size_t>(file[8]) + std::to_integer<std::size_t>(file[9]) * 256;
    if ((preamble + length) % 64 != 0 || file.size() < preamble + length) {
        return std::nullopt;
    }
    std::string dictionary(length, '\0');
    std::memcpy(dictionary.data(), file.data() + preamble, length);
    Array array;
    if (!read_dictionary(dictionary, array)) {
        return std::nullopt;
    }
    const std::span<const std::byte> values = file.subspan(preamble + length);
    if (values.size() % sizeof(float) != 0) {
        return std::nullopt;
    }
    const std::uint64_t count = values.size() / sizeof(float);
    if (array.columns == 0 ? count != 0
                           : count % array.columns != 0 || count / array.columns != array.rows) {
        return std::nullopt;
    }
    array.values.resize(count);
    if (count != 0) {
        std::memcpy(array.values.data(), values.data(), values.size());
    }
    return array;
}

}  // namespace npy
