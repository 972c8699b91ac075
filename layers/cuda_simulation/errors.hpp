#pragma once

#include <optional>
#include <string_view>

#include <cuda.h>

namespace layer::cuda {

/// As `cuGetErrorName` gives it; null if there is no such error.
[[nodiscard]] const char* error_name(CUresult error) noexcept;

/// As `cuGetErrorString` gives it, in words of our own: the name's.
[[nodiscard]] const char* error_text(CUresult error);

/// Of a name ("CUDA_ERROR_OUT_OF_MEMORY") or a number from 1 to 999 ("2").
[[nodiscard]] std::optional<CUresult> parse_error(std::string_view text);

}  // namespace layer::cuda
