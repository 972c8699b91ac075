#pragma once

#include "filter_bank/shape.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace filter_bank {

/// What filter_bank.cl is built with, such as "TAPS=8", for work-items of `width` columns.
[[nodiscard]] std::vector<std::string> kernel_macros(const Shape& shape, std::size_t width);

}  // namespace filter_bank
