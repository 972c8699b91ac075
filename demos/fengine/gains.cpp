#include "fengine/gains.hpp"

#include "common/command_line.hpp"
#include "common/text_stream.hpp"

#include <cmath>
#include <limits>
#include <locale>

namespace fengine {
namespace {

std::optional<float> part_from(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) {
            return std::nullopt;
        }
    }
    const auto number = common::number_from(std::string(text));
    if (!number || !(std::abs(*number) <= max_gain)) {
        return std::nullopt;
    }
    return static_cast<float>(*number);
}

/// Where the imaginary part begins: at its sign, which is not that of an exponent.
std::size_t imaginary_at(std::string_view text) {
    for (std::size_t i = text.size(); i-- > 1;) {
        const bool is_sign = text[i] == '+' || text[i] == '-';
        if (is_sign && text[i - 1] != 'e' && text[i - 1] != 'E') {
            return i;
        }
    }
    return 0;
}

}  // namespace

std::vector<float> Gains::for_device() const {
    std::vector<float> table(2 * values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const std::size_t base = i / channels_ * (2 * channels_) + i % channels_;
        table[base] = values_[i].real();
        table[base + channels_] = values_[i].imag();
    }
    return table;
}

std::optional<std::complex<float>> gain_from(std::string_view text) {
    if (!text.ends_with('j')) {
        const auto real = part_from(text);
        return real ? std::optional{std::complex<float>{*real}} : std::nullopt;
    }
    text.remove_suffix(1);
    const std::size_t split = imaginary_at(text);
    const auto real = split == 0 ? std::optional{0.0F} : part_from(text.substr(0, split));
    const auto imaginary = part_from(text.substr(split));
    if (!real || !imaginary) {
        return std::nullopt;
    }
    return std::complex<float>{*real, *imaginary};
}

std::string shown(std::complex<float> gain) {
    std::ostringstream text = common::text_stream();
    text.imbue(std::locale::classic());
    text.precision(std::numeric_limits<float>::max_digits10);
    text << gain.real();
    if (gain.imag() != 0 || std::signbit(gain.imag())) {
        text << (std::signbit(gain.imag()) ? "" : "+") << gain.imag() << 'j';
    }
    return text.str();
}

}  // namespace fengine
