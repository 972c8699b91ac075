#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace supervisor {

using JobNumber = std::size_t;  ///< from 1, in the order of submission

/// What a user hands in.
struct Job {
    JobNumber number = 0;
    std::size_t user = 0;                            ///< from 0
    std::size_t cores = 1;                           ///< as many as it needs together
    std::chrono::seconds submitted_at{0};            ///< since the beginning
    std::chrono::seconds run_time{0};                ///< on its cores, once it has them
    std::optional<std::chrono::seconds> patience{};  ///< cancelled then, unless it has ended
};

/// Where a job is on its way.
enum class Phase { queued, waiting_for_cores, waiting_for_agent, booting, running, done };

/// Those in which it can be cancelled: all but the last.
inline constexpr std::array<std::string_view, 5> phase_names{
    "queued", "waiting for cores", "waiting for an agent", "booting", "running"};

}  // namespace supervisor
