#pragma once

#include <optional>
#include <string_view>

namespace common {

/// What a program that is written once for both (common/gpu) uses a device by.
enum class Backend { opencl, cuda };

[[nodiscard]] std::string_view name_of(Backend backend);

/// Nothing if it is none. Throws Error if the program was built without it.
[[nodiscard]] std::optional<Backend> backend_from(std::string_view name);

/// OpenCL if the program was built with it.
[[nodiscard]] Backend default_backend();

}  // namespace common
