#pragma once

#include "filter_bank/sample_format.hpp"
#include "filter_bank/window.hpp"

#include <cstddef>

namespace filter_bank {

/// What a polyphase filter bank is to be.
struct Shape {
    SampleFormat format;
    std::size_t channels;  ///< a power of two from 16 to 8192
    std::size_t taps;      ///< length of the filter, in blocks of `channels` samples
    Window window;
};

}  // namespace filter_bank
