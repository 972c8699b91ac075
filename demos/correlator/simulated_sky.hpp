#pragma once

#include "correlator/options.hpp"
#include "correlator/sample_source.hpp"
#include "correlator/share.hpp"

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace correlator {

/// What a line of antennas at equal distances receives of sources of noise that are far away, each
/// antenna with noise of its own besides. Any sample is a function of its number alone, so it is
/// the same whichever rank asks for it, and with which others.
///
/// A source is heard by antenna a later than by antenna 0 by a times its delay.
class SimulatedSky final : public SampleSource {
public:
    SimulatedSky(const Options& options, Share antennas);

    [[nodiscard]] std::uint64_t samples() const override { return no_end; }
    void read(std::uint64_t first, std::span<std::byte> into) override;

    /// Of one part of a sample, in steps of eight bits.
    static constexpr double rms = 24;

private:
    void make_block(std::size_t antenna, std::int64_t first, std::span<std::byte> into);
    void add_source(std::size_t source, std::size_t antenna, std::int64_t first);

    std::vector<Source> sources_;
    Share antennas_;
    std::uint64_t seed_;
    std::size_t block_samples_;  // over which a delay does not change
    std::vector<std::complex<float>> block_;
    std::vector<std::complex<float>> noise_;
};

}  // namespace correlator
