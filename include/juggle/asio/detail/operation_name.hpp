#pragma once

#include <juggle/asio/detail/net.hpp>

#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// As the compiler spells it; empty if that is not known.
template <class T>
[[nodiscard]] constexpr std::string_view type_name() noexcept {
#if defined(__GNUC__) || defined(__clang__)
    constexpr std::string_view text = __PRETTY_FUNCTION__;
    constexpr std::string_view before = "T = ";
    return text.substr(text.find(before) + before.size());
#else
    return {};
#endif
}

[[nodiscard]] constexpr bool is_of_identifier(char character) noexcept {
    return character == '_' || (character >= '0' && character <= '9') ||
           (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

/// The last identifier of what ends with a class's name and, perhaps, its arguments.
[[nodiscard]] constexpr std::string_view class_name_at_end(std::string_view text) noexcept {
    if (text.ends_with('>')) {
        int depth = 0;
        do {
            depth += text.back() == '>' ? 1 : text.back() == '<' ? -1 : 0;
            text.remove_suffix(1);
        } while (depth != 0 && !text.empty());
    }
    std::size_t begin = text.size();
    while (begin != 0 && is_of_identifier(text[begin - 1])) {
        --begin;
    }
    return text.substr(begin);
}

/// What its initiating function is called, as in "Asio's async_receive on a basic_datagram_socket",
/// from the type of Asio's own initiation.
[[nodiscard]] inline std::string operation_name(std::string_view initiation) {
    constexpr std::string_view prefix = "initiate_";
    const std::size_t begin = initiation.find(prefix);
    if (begin == std::string_view::npos) {
        return "an operation of Asio";
    }
    std::string_view function = initiation.substr(begin + prefix.size());
    std::size_t end = 0;
    while (end != function.size() && is_of_identifier(function[end])) {
        ++end;
    }
    function = function.substr(0, end);
    if (function.starts_with("composed")) {
        return "a composed operation of Asio";
    }
    constexpr std::string_view suffix = "_with_executor";  // of post, dispatch and defer
    if (function.ends_with(suffix)) {
        function.remove_suffix(suffix.size());
    }
    std::string name = "Asio's ";
    name += function;
    std::string_view owner = initiation.substr(0, begin);
    if (owner.ends_with("::")) {
        owner = class_name_at_end(owner.substr(0, owner.size() - 2));
        if (!owner.empty() && owner != "detail" && owner != "asio") {
            name += " on a ";
            name += owner;
        }
    }
    return name;
}

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
