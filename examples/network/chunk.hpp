// What goes over the network: chunks of floats, as they are or in numbered packets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace network {

inline constexpr std::size_t packets_per_chunk = 32;
inline constexpr std::size_t floats_per_packet = 256;
inline constexpr std::size_t floats_per_chunk = packets_per_chunk * floats_per_packet;

// [chunk]
/// A chunk on the host. With packets, `present` has a byte for each: 0 if it never came.
struct Chunk {
    std::vector<float> samples = std::vector<float>(floats_per_chunk);
    std::array<std::uint8_t, packets_per_chunk> present{};
};

/// What a packet begins with; its samples follow. (A real protocol fixes the order of the bytes.)
struct Header {
    std::uint64_t sequence;
};
// [/chunk]

inline constexpr std::size_t packet_bytes = sizeof(Header) + floats_per_packet * sizeof(float);

/// The sample at this place of the whole stream, as the sender makes it: small integers, whose
/// triples are exact.
[[nodiscard]] inline float sample_at(std::uint64_t place) noexcept {
    return static_cast<float>(place % 1021);
}

}  // namespace network
