#include "text.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many bytes at the beginning of the text are one character beyond ASCII: 0 if they are not
/// UTF-8. After table 3-7 of the Unicode standard: no overlong forms, no surrogates.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u;
    };
    const auto follows = [&](std::size_t index, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(index) >= low && byte(index) <= high;
    };
    const unsigned first = byte(0);
    if (first >= 0xC2 && first <= 0xDF) {
        return follows(1) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// Calls `append(character)` for each character, U+FFFD in the place of what is not UTF-8.
template <class Append>
void for_each_character(std::string_view text, Append append) {
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            append(text.substr(0, 1));
            text.remove_prefix(1);
            continue;
        }
        const std::size_t length = character_length(text);
        append(length == 0 ? replacement : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

std::string_view in_xml(std::string_view character) {
    switch (character.front()) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        case '\t':
            return "&#9;";
        case '\n':
            return "&#10;";
        case '\r':
            return "&#13;";
        default:
            break;
    }
    const bool is_control = static_cast<unsigned char>(character.front()) < 0x20;
    const bool is_no_character = character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
    return is_control || is_no_character ? replacement : character;
}

void append_json_character(std::string& out, std::string_view character) {
    const auto code = static_cast<unsigned char>(character.front());
    if (code == '"' || code == '\\') {
        out += '\\';
        out += character;
    } else if (code < 0x20 || code == 0x7F || code == '<') {
        constexpr std::string_view digits = "0123456789abcdef";
        out += "\\u00";
        out += digits[code >> 4u];
        out += digits[code & 15u];
    } else {
        out += character;
    }
}

struct Unit {
    std::int64_t nanoseconds;
    std::string_view name;
};

constexpr std::array units{Unit{1, " ns"}, Unit{1'000, " \u00B5s"}, Unit{1'000'000, " ms"},
                           Unit{1'000'000'000, " s"}};

}  // namespace

void append_decimal(std::string& out, double number, int decimals) {
    if (!std::isfinite(number)) {
        number = 0;
    }
    std::array<char, 400> digits{};  // the largest double has 309 before the point
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                       std::chars_format::fixed, decimals);
    std::string_view text{digits.data(), static_cast<std::size_t>(written.ptr - digits.data())};
    if (text.find('.') != std::string_view::npos) {
        text = text.substr(0, text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.remove_suffix(1);
        }
    }
    out += text == "-0" ? "0" : text;
}

void append_microseconds(std::string& out, std::int64_t nanoseconds) {
    if (nanoseconds < 0) {
        out += '-';
    }
    const std::uint64_t size = nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds)
                                               : static_cast<std::uint64_t>(nanoseconds);
    append_number(out, size / 1000);
    std::uint64_t rest = size % 1000;
    if (rest == 0) {
        return;
    }
    out += '.';
    for (std::uint64_t place = 100; rest != 0; place /= 10) {
        out += static_cast<char>('0' + rest / place);
        rest %= place;
    }
}

void append_duration(std::string& out, std::int64_t nanoseconds) {
    const double size = std::abs(static_cast<double>(nanoseconds));
    std::size_t unit = 0;
    // 999,600 ns are 1 ms when they are rounded to three digits.
    while (unit + 1 < units.size() &&
           size / static_cast<double>(units[unit].nanoseconds) >= 999.5) {
        ++unit;
    }
    const double number =
        static_cast<double>(nanoseconds) / static_cast<double>(units[unit].nanoseconds);
    const double magnitude = std::abs(number);
    int decimals = 0;
    if (unit != 0 && magnitude < 99.95) {
        decimals = magnitude < 9.995 ? 2 : 1;
    }
    append_decimal(out, number, decimals);
    out += units[unit].name;
}

std::string duration_text(std::int64_t nanoseconds) {
    std::string text;
    append_duration(text, nanoseconds);
    return text;
}

void append_share(std::string& out, double share) {
    if (share > 0 && share < 0.01) {
        out += "< 1 %";
        return;
    }
    if (share > 0.99 && share < 1) {
        share = 0.99;
    }
    append_decimal(out, share * 100, 0);
    out += " %";
}

void append_xml(std::string& out, std::string_view text) {
    for_each_character(text, [&](std::string_view character) { out += in_xml(character); });
}

void append_json(std::string& out, std::string_view text) {
    out += '"';
    for_each_character(text,
                       [&](std::string_view character) { append_json_character(out, character); });
    out += '"';
}

}  // namespace juggle::detail
