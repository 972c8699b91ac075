#pragma once

#include "options.hpp"

// The program, of which there is one for each kind of device.

namespace triple {

/// A problem has its own status; others have that of the shell for SIGINT.
inline constexpr int failure = 1;

namespace on_opencl {
/// Gives the exit status. Throws what has a message for the user.
[[nodiscard]] int run(const Options& options);
}  // namespace on_opencl

namespace on_cuda {
/// The same.
[[nodiscard]] int run(const Options& options);
}  // namespace on_cuda

}  // namespace triple
