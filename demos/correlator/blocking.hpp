#pragma once

#include "agreement.hpp"
#include "correlator/setup.hpp"
#include "correlator/totals.hpp"
#include "ranks.hpp"

#include <juggle/timeline.hpp>

#include <stop_token>

namespace correlator {

/// The same work as `Correlator`'s by calls that block, one after the other: to compare.
[[nodiscard]] Totals run_blocking(Setup& setup, const Ranks& ranks, Agreement& agreement,
                                  const std::stop_token& stop, juggle::Timeline* timeline);

}  // namespace correlator
