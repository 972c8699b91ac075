#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

namespace fuzz {

/// What a fuzz target was given, taken apart from the front. When the bytes have run out there are
/// zeros, so any input means something.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : bytes_(std::as_bytes(std::span(data, size))) {}

    template <class Value>
    [[nodiscard]] Value take() {
        Value value{};
        const std::size_t count = std::min(sizeof value, bytes_.size());
        if (count != 0) {
            std::memcpy(&value, bytes_.data(), count);
        }
        bytes_ = bytes_.subspan(count);
        return value;
    }

    /// A number from `least` to `most`.
    [[nodiscard]] std::size_t between(std::size_t least, std::size_t most) {
        return least + take<std::uint16_t>() % (most - least + 1);
    }

    /// Up to the next `end`, which is left out, or all there is.
    [[nodiscard]] std::string text_until(char end) {
        const auto stop = std::ranges::find(bytes_, static_cast<std::byte>(end));
        const auto length = static_cast<std::size_t>(stop - bytes_.begin());
        std::string text(length, '\0');
        std::ranges::transform(bytes_.first(length), text.begin(),
                               [](std::byte byte) { return static_cast<char>(byte); });
        bytes_ = bytes_.subspan(std::min(length + 1, bytes_.size()));
        return text;
    }

    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::span<const std::byte> rest() const { return bytes_; }

private:
    std::span<const std::byte> bytes_;
};

/// Ends the program, and so makes a finding of the input, if what should hold does not.
inline void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "not so: %s\n", what);
        std::abort();
    }
}

}  // namespace fuzz
