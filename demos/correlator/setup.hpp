#pragma once

#include "common/opencl.hpp"
#include "correlator/f_kernels.hpp"
#include "correlator/layout.hpp"
#include "correlator/options.hpp"
#include "correlator/recorder.hpp"
#include "correlator/sample_source.hpp"
#include "correlator/x_kernels.hpp"

#include <CL/opencl.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace correlator {

/// What a rank has before it begins to talk with the others, so that what is wrong with one of them
/// does not leave the others waiting.
struct Setup {
    /// Throws common::Error or cl::Error.
    Setup(const Options& all_options, const Layout& all_layout);

    /// How many there are, or may be.
    [[nodiscard]] std::uint64_t chunks() const;

    const Options& options;
    Layout layout;
    cl::Device device;
    cl::Context context;
    FKernels f;
    XKernels x;
    std::unique_ptr<SampleSource> source;
    std::optional<Recorder> recorder;  ///< on rank 0
};

}  // namespace correlator
