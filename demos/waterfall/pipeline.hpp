#pragma once

#include "interrupt.hpp"
#include "lane_use.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "row_sinks.hpp"
#include "sample_source.hpp"

#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <cstdint>
#include <memory>

namespace waterfall {

/// Samples in, rows out: several chunks travel through reading, upload, filter bank, download
/// and writing at one time, each stage taking them in the order of the stream.
class Pipeline {
public:
    Pipeline() = default;
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    virtual ~Pipeline() = default;

    /// Runs until the input ends or is interrupted and all is written; gives the number of
    /// rows. On a failure nothing is written under the final names.
    [[nodiscard]] virtual juggle::Task<std::uint64_t> run() = 0;

    [[nodiscard]] virtual const Progress& progress() const = 0;

    /// What the parts were at work, if the rows are shown live.
    struct Lanes {
        LaneUse upload;
        LaneUse compute;
        LaneUse download;
        LaneUse write;
    };
    [[nodiscard]] virtual const Lanes& lanes() const = 0;
};

}  // namespace waterfall
