#pragma once

#include "recorder.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace waterfall {

/// Where rows go: to files, to whoever watches, or both.
struct RowSinks {
    /// Shown whole rows, on the executor's thread; `lost` are the samples that the input has lost
    /// so far.
    using Show = std::function<void(std::span<const float> rows, std::uint64_t lost)>;

    std::optional<Recorder> recorder;
    Show show;  ///< may be empty
};

}  // namespace waterfall
