#pragma once

#include "chunks.hpp"
#include "pipeline.hpp"

#include <array>
#include <cstddef>
#include <stop_token>
#include <string_view>
#include <utility>

namespace triple {

/// How much may be on its way at one time.
struct Limits {
    std::size_t in_flight = 8;  ///< chunks between their start and their end
    std::size_t buffers = 2;    ///< of each kind; the chunks use them in turn
};

// The five steps. Each runs all chunks through the pipeline. A stop request ends it early, by
// juggle::Cancelled or by returning; no command touches host memory of its own after that.

void run_sync(Pipeline& p, Chunks& chunks, const std::stop_token& stop);
void run_async(Pipeline& p, Chunks& chunks, const std::stop_token& stop);
void run_race(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop);
void run_resource(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop);
void run_device(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop);

enum class Mode { sync, async, race, resource, device };

/// In the talk's order.
inline constexpr std::array<std::pair<std::string_view, Mode>, 5> modes{
    {{"sync", Mode::sync},
     {"async", Mode::async},
     {"race", Mode::race},
     {"resource", Mode::resource},
     {"device", Mode::device}}};

[[nodiscard]] std::string_view name(Mode mode);

void run_mode(Mode mode, Pipeline& p, Chunks& chunks, const Limits& limits,
              const std::stop_token& stop);

}  // namespace triple
