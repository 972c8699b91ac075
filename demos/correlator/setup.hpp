#pragma once

#include "common/opencl.hpp"
#include "correlator/f_kernels.hpp"
#include "correlator/layout.hpp"
#include "correlator/options.hpp"
#include "correlator/recorder.hpp"
#include "correlator/sample_source.hpp"
#include "correlator/wish.hpp"
#include "correlator/x_kernels.hpp"

#include <CL/opencl.hpp>

#include <cstdint>
#include <memory>
#include <stop_token>

namespace correlator {

/// What a rank has before it begins to talk with the others, so that what is wrong with one of them
/// does not leave the others waiting.
struct Setup {
    /// Throws common::Error or cl::Error.
    Setup(const Options& all_options, const Layout& all_layout);

    /// What is wanted before chunk `chunk`.
    [[nodiscard]] Wish wish(std::uint64_t chunk, const std::stop_token& stop) const;

    const Options& options;
    Layout layout;
    cl::Device device;
    cl::Context context;
    FKernels f;
    XKernels x;
    std::unique_ptr<SampleSource> source;
    std::uint64_t chunks;                ///< how many there are, or may be
    std::unique_ptr<Recorder> recorder;  ///< on rank 0; else none
};

}  // namespace correlator
