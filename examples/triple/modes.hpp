#pragma once

#include "chunks.hpp"
#include "limits.hpp"
#include "mode.hpp"
#include "pipeline.hpp"

#include <stop_token>

namespace triple::ON_GPU {

// The five steps. Each runs all chunks through the pipeline. A stop request ends it early, by
// juggle::Cancelled or by returning; no command touches host memory of its own after that.

void run_sync(Pipeline& p, Chunks& chunks, const std::stop_token& stop);
void run_async(Pipeline& p, Chunks& chunks, const std::stop_token& stop);
void run_race(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop);
void run_resource(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop);
void run_device(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop);

void run_mode(Mode mode, Pipeline& p, Chunks& chunks, const Limits& limits,
              const std::stop_token& stop);

}  // namespace triple::ON_GPU
