#include "live/sample_ring.hpp"

#include <algorithm>

namespace waterfall {

SampleRing::SampleRing(std::size_t capacity, std::size_t sample_bytes)
    : sample_bytes_(sample_bytes), bytes_(capacity * sample_bytes) {}

// It is full, and what comes is lost, at borders of samples only: the capacity is a multiple of a
// sample, and so is what is taken out.
void SampleRing::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        if (dropped_of_sample_ != 0 || size_ == bytes_.size()) {
            const std::size_t whole =
                dropped_of_sample_ == 0 ? bytes.size() / sample_bytes_ * sample_bytes_ : 0;
            const std::size_t count =
                whole != 0 ? whole : std::min(bytes.size(), sample_bytes_ - dropped_of_sample_);
            dropped_of_sample_ += count;
            lost_ += dropped_of_sample_ / sample_bytes_;
            dropped_of_sample_ %= sample_bytes_;
            bytes = bytes.subspan(count);
            continue;
        }
        const std::size_t end = (begin_ + size_) % bytes_.size();
        const std::size_t room = std::min(bytes_.size() - size_, bytes_.size() - end);
        const std::size_t count = std::min(room, bytes.size());
        std::ranges::copy(bytes.first(count), bytes_.begin() + static_cast<std::ptrdiff_t>(end));
        size_ += count;
        bytes = bytes.subspan(count);
    }
    if (size_ >= sample_bytes_) {
        arrived_.set();
    }
}

void SampleRing::cut() {
    size_ -= size_ % sample_bytes_;
    dropped_of_sample_ = 0;
}

void SampleRing::close() {
    cut();
    closed_ = true;
    arrived_.set();
}

juggle::Task<std::size_t> SampleRing::read(std::span<std::byte> into) {
    std::size_t filled = take(into);
    while (filled < into.size() && !closed_) {
        arrived_.reset();
        co_await arrived_.wait();
        filled += take(into.subspan(filled));
    }
    co_return filled;
}

double SampleRing::fill() const noexcept {
    return static_cast<double>(size_) / static_cast<double>(bytes_.size());
}

std::size_t SampleRing::take(std::span<std::byte> into) {
    const std::size_t count = std::min(size_ - size_ % sample_bytes_, into.size());
    const std::size_t first = std::min(count, bytes_.size() - begin_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), first, into.begin());
    std::copy_n(bytes_.begin(), count - first, into.begin() + static_cast<std::ptrdiff_t>(first));
    begin_ = (begin_ + count) % bytes_.size();
    size_ -= count;
    return count;
}

}  // namespace waterfall
