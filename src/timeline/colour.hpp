#pragma once

#include <juggle/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

/// Of chunks, in turn: Paul Tol's light scheme ("Colour schemes", SRON technical note, 2021), which
/// stays distinct to colour-blind people and bears dark text. Ordered so that neighbours differ
/// most.
inline constexpr std::array<std::string_view, 8> chunk_colours{
    "#77aadd", "#ee8866", "#bbcc33", "#ffaabb", "#44bb99", "#eedd88", "#99ddff", "#aaaa00"};

[[nodiscard]] constexpr std::size_t colour_of(std::uint64_t chunk) noexcept {
    return static_cast<std::size_t>(chunk % chunk_colours.size());
}

}  // namespace juggle::detail
