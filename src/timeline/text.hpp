#pragma once

// The text that a timeline's files are made of, the same in every locale.

#include <juggle/config.hpp>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

template <std::integral Number>
void append_number(std::string& out, Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

/// With at most so many decimals (0 to 9), rounded; "1.5", not "1.50". What is not finite becomes
/// 0.
void append_decimal(std::string& out, double number, int decimals);

/// Exactly: "1234.567", "12" for 12,000 ns.
void append_microseconds(std::string& out, std::int64_t nanoseconds);

/// Three digits with the unit that suits: "850 ns", "12.3 ms", "1.5 s".
void append_duration(std::string& out, std::int64_t nanoseconds);
[[nodiscard]] std::string duration_text(std::int64_t nanoseconds);

/// Of 0 to 1: "97 %". What is not quite all is not called 100 %, and what is not nothing not 0 %.
void append_share(std::string& out, double share);

/// Any bytes, as text or as the value of an attribute in XML or HTML. What is no UTF-8, or a
/// character that XML does not have, becomes U+FFFD.
void append_xml(std::string& out, std::string_view text);

/// Any bytes, as a string of JSON with its quotes. What is no UTF-8 becomes U+FFFD. May stand in
/// an HTML script: has no "<".
void append_json(std::string& out, std::string_view text);

}  // namespace juggle::detail
