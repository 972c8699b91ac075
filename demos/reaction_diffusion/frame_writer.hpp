#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace reaction_diffusion {

/// Draws states: frame i goes to `PREFIX-<i>.png`, with five digits or more. The file appears when
/// it is complete. May be used from several threads at one time.
class FrameWriter {
public:
    /// For states of `size` cells square with so many `channels`. Without a `prefix` nothing is
    /// written. Throws Error if it can be told already that the first file cannot be.
    FrameWriter(std::optional<std::string> prefix, std::size_t size, std::size_t channels);

    /// Blocks, for some milliseconds or more. Throws Error if the file cannot be written.
    void write(std::uint64_t frame, std::span<const float> state) const;

private:
    std::optional<std::string> prefix_;
    std::size_t size_;
    std::size_t channels_;
};

}  // namespace reaction_diffusion
