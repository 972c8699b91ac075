#pragma once

#include "job.hpp"
#include "supervisor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace supervisor {

/// What became of jobs.
struct Tally {
    std::uint64_t submitted = 0;
    std::uint64_t done = 0;
    std::array<std::uint64_t, phase_names.size()> cancelled{};  ///< by `Phase`

    [[nodiscard]] std::uint64_t all_cancelled() const {
        return std::accumulate(cancelled.begin(), cancelled.end(), std::uint64_t{0});
    }

    Tally& operator+=(const Supervisor::Record& record) {
        ++submitted;
        if (record.cancelled) {
            ++cancelled.at(static_cast<std::size_t>(record.phase));
        } else if (record.phase == Phase::done) {
            ++done;
        }
        return *this;
    }
    Tally& operator+=(const Tally& other) {
        submitted += other.submitted;
        done += other.done;
        for (std::size_t i = 0; i < cancelled.size(); ++i) {
            cancelled[i] += other.cancelled[i];
        }
        return *this;
    }
};

}  // namespace supervisor
