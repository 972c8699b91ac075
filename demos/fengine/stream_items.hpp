#pragma once

namespace fengine::item {

// The identifiers of MeerKAT's streams, as the documentation of katgpucbf lists them.
inline constexpr unsigned timestamp = 0x1600;     ///< of the first sample, in samples; immediate
inline constexpr unsigned feng_id = 0x4101;       ///< which antenna; immediate
inline constexpr unsigned frequency = 0x4103;     ///< the first channel of the heap; immediate
inline constexpr unsigned feng_raw = 0x4300;      ///< int8[channel][time][polarisation][re, im]
inline constexpr unsigned polarisation = 0x3101;  ///< the digitiser's identifier; immediate
inline constexpr unsigned samples = 0x3300;       ///< the samples of one polarisation

}  // namespace fengine::item
