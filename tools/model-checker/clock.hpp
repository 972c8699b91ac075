#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace model {

inline constexpr std::size_t max_threads = 5;
inline constexpr std::size_t max_locations = 48;

/// The distance between two stores at first, so that others fit between them.
inline constexpr std::uint32_t key_gap = 1 << 16;

/// For each thread, how far another has followed it.
using Clock = std::array<std::uint32_t, max_threads>;

/// For each atomic location, the oldest store that may still be seen, as its place in the order of
/// modifications.
using View = std::array<std::uint32_t, max_locations>;

template <std::size_t n>
void join_into(std::array<std::uint32_t, n>& into, const std::array<std::uint32_t, n>& from) {
    for (std::size_t index = 0; index < n; ++index) {
        into[index] = std::max(into[index], from[index]);
    }
}

}  // namespace model
