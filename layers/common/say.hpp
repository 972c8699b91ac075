#pragma once

namespace layer {

/// Of this layer, in front of all that it says. Each layer defines it.
extern const char* const name;

/// One line on standard error, "<name of the layer>: <text>".
void say(const char* text) noexcept;

/// The value of an environment variable, or null if it is not set or empty.
[[nodiscard]] const char* setting(const char* variable) noexcept;

}  // namespace layer
