#pragma once

#include "filter_bank/window.hpp"

#include <cstddef>
#include <vector>

namespace filter_bank {

/// The low-pass filter that all channels share, shifted to their frequencies by the
/// transform: with L = taps x channels,
///     h[n] = window[n] sinc((n - (L - 1) / 2) / channels),  0 <= n < L,
/// under a symmetric window, scaled so that its sum is 1 and a full-scale tone in the
/// middle of a channel has power 1 (0 dBFS).
[[nodiscard]] std::vector<float> prototype_filter(std::size_t channels, std::size_t taps,
                                                  Window window);

}  // namespace filter_bank
