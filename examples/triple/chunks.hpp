#pragma once

#include <juggle/timeline.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace triple {

class Chunks;

/// One chunk on its way: its number says what is in it. No two chunks of a run have the same value
/// at any place, so old data, and a mixture of two chunks, are noticed.
class Chunk {
public:
    Chunk(Chunks& stream, std::uint64_t number) noexcept : stream_{&stream}, number_{number} {}

    /// Stands for receiving data.
    void fill(std::span<float> in) const noexcept;

    /// Stands for sending the result on: notes in the stream whether it is three times the input.
    void use(std::span<const float> out) const noexcept;

private:
    Chunks* stream_;
    std::uint64_t number_;
};

/// The stream: where chunks come from, and how many have arrived, right or wrong.
class Chunks {
public:
    /// `count` chunks, numbered from `first`. A timeline is shown what the host does with them.
    Chunks(std::uint64_t first, std::uint64_t count, juggle::Timeline* timeline = nullptr) noexcept
        : first_{first}, next_{first}, end_{first + count}, timeline_{timeline} {}

    [[nodiscard]] bool more() const noexcept { return next_ != end_; }
    [[nodiscard]] Chunk next() noexcept;

    [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
    [[nodiscard]] std::uint64_t wrong() const noexcept { return wrong_; }

private:
    friend Chunk;

    /// Until the end of the scope the chunk is being worked on.
    [[nodiscard]] std::optional<juggle::TimelineSpan> show(const char* what,
                                                           std::uint64_t chunk) const noexcept;

    std::uint64_t first_;
    std::uint64_t next_;
    std::uint64_t end_;
    juggle::Timeline* timeline_;
    std::uint64_t done_ = 0;
    std::uint64_t wrong_ = 0;
};

}  // namespace triple
