#pragma once

#include <juggle/async_event.hpp>
#include <juggle/task.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace waterfall {

/// The samples between a receiver, which must not wait, and a pipeline, which may be late for a
/// moment. When it is full, samples that come are lost, whole ones, and counted. For two tasks of
/// one executor.
class SampleRing {
public:
    /// `capacity` in samples.
    SampleRing(std::size_t capacity, std::size_t sample_bytes);

    /// The next bytes of the stream, cut anywhere. Never waits.
    void append(std::span<const std::byte> bytes);
    /// The stream begins anew: what has come of an incomplete sample is forgotten.
    void cut();
    /// No more will come.
    void close();

    /// Fills `into`, which has room for whole samples, from the front; gives fewer bytes when the
    /// stream has ended.
    [[nodiscard]] juggle::Task<std::size_t> read(std::span<std::byte> into);

    /// Samples that found no room.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
    /// From 0 to 1.
    [[nodiscard]] double fill() const noexcept;

private:
    [[nodiscard]] std::size_t take(std::span<std::byte> into);

    std::size_t sample_bytes_;
    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
    std::size_t dropped_of_sample_ = 0;  // of the one that is being lost
    std::uint64_t lost_ = 0;
    bool closed_ = false;
    juggle::AsyncEvent arrived_{"samples"};
};

}  // namespace waterfall
