#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace triple {

enum class Mode { sync, async, race, resource, device };

/// In the talk's order.
inline constexpr std::array<std::pair<std::string_view, Mode>, 5> modes{
    {{"sync", Mode::sync},
     {"async", Mode::async},
     {"race", Mode::race},
     {"resource", Mode::resource},
     {"device", Mode::device}}};

[[nodiscard]] constexpr std::string_view name(Mode mode) {
    for (const auto& [word, value] : modes) {
        if (value == mode) {
            return word;
        }
    }
    return "";
}

}  // namespace triple
