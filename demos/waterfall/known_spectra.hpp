#pragma once

#include "filter_bank.hpp"
#include "options.hpp"

namespace waterfall {

/// Takes known samples through the memory and kernels of `bank`, in `compute`, and compares what
/// comes out with the same computed here in double. Throws Error that names the device if it is
/// not the same: a driver's compiler may be wrong, and a picture does not show it. Some
/// milliseconds, once the kernels are compiled.
template <class Device>
void check_known_spectra(FilterBank<Device>& bank, const Options& options, const Device& device,
                         const typename Device::Queue& compute);

}  // namespace waterfall
