#include "filter_bank/prototype_filter.hpp"

#include <cmath>
#include <numbers>

namespace filter_bank {
namespace {

double sinc(double x) {
    const double angle = std::numbers::pi * x;
    return angle == 0 ? 1 : std::sin(angle) / angle;
}

double window_at(Window window, double position) {
    const double cosine = std::cos(2 * std::numbers::pi * position);
    return window == Window::hann ? 0.5 - 0.5 * cosine : 0.54 - 0.46 * cosine;
}

}  // namespace

std::vector<float> prototype_filter(std::size_t channels, std::size_t taps, Window window) {
    const std::size_t length = channels * taps;
    const auto last = static_cast<double>(length - 1);
    std::vector<double> exact(length);
    double sum = 0;
    for (std::size_t n = 0; n < length; ++n) {
        const auto position = static_cast<double>(n);
        exact[n] = window_at(window, position / last) *
                   sinc((position - last / 2) / static_cast<double>(channels));
        sum += exact[n];
    }
    std::vector<float> filter(length);
    for (std::size_t n = 0; n < length; ++n) {
        filter[n] = static_cast<float>(exact[n] / sum);
    }
    return filter;
}

}  // namespace filter_bank
