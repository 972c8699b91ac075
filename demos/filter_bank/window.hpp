#pragma once

namespace filter_bank {

enum class Window { hamming, hann };

}  // namespace filter_bank
