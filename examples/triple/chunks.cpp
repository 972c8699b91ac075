#include "chunks.hpp"

#include <cstddef>

namespace triple {
namespace {

/// Whole numbers below 2^22: they and their triples are exact in a float. The factor is odd, so
/// chunks have different values at each place until 2^22 numbers later.
class Values {
public:
    explicit Values(std::uint64_t number) noexcept
        : first_{static_cast<std::uint32_t>(number) * 40503U} {}

    float operator[](std::size_t place) const noexcept {
        const std::uint32_t value = first_ + static_cast<std::uint32_t>(place);
        return static_cast<float>(static_cast<std::int32_t>(value & 0x3F'FFFFU));
    }

private:
    std::uint32_t first_;
};

}  // namespace

void Chunk::fill(std::span<float> in) const noexcept {
    const auto shown = stream_->show("fill", number_);
    const Values values{number_};
    for (std::size_t place = 0; place < in.size(); ++place) {
        in[place] = values[place];
    }
}

void Chunk::use(std::span<const float> out) const noexcept {
    const auto shown = stream_->show("use", number_);
    const Values values{number_};
    std::size_t differences = 0;
    for (std::size_t place = 0; place < out.size(); ++place) {
        differences += out[place] == 3.0F * values[place] ? 0 : 1;
    }
    ++stream_->done_;
    stream_->wrong_ += differences == 0 ? 0 : 1;
}

Chunk Chunks::next() noexcept {
    const std::uint64_t number = next_++;
    if (timeline_ != nullptr) {
        timeline_->chunk(number - first_);
    }
    return Chunk{*this, number};
}

std::optional<juggle::TimelineSpan> Chunks::show(const char* what,
                                                 std::uint64_t chunk) const noexcept {
    if (timeline_ == nullptr) {
        return std::nullopt;
    }
    return timeline_->span(what, chunk - first_);
}

}  // namespace triple
