#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace correlator {

/// The samples of the own antennas, any of which can be had at any time: nothing of a chunk depends
/// on those before.
class SampleSource {
public:
    static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

    SampleSource() = default;
    SampleSource(const SampleSource&) = delete;
    SampleSource& operator=(const SampleSource&) = delete;
    virtual ~SampleSource() = default;

    /// Of each antenna; `no_end`: as many as are wanted.
    [[nodiscard]] virtual std::uint64_t samples() const = 0;

    /// Fills int8[own antenna][sample][real, imaginary] with those from sample `first` on. Takes
    /// its time; from any thread, one call at a time. Throws common::Error.
    virtual void read(std::uint64_t first, std::span<std::byte> into) = 0;
};

}  // namespace correlator
