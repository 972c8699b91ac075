#pragma once

#include "options.hpp"
#include "simulation.hpp"
#include "tally.hpp"

#include <cstdint>

namespace supervisor {

/// What is run, on standard output.
void print_caption(const Options& options);

/// What became of the jobs of a run, and of the cores and agents; the last line says whether the
/// books balance.
void print_report(const Options& options, const Simulation& simulation);

/// The same of `runs` runs, in one line, and the last line.
void print_summary(std::uint64_t runs, const Tally& tally);

/// What was found wrong, and with which seed, so that the run can be looked at.
void print_imbalance(std::uint64_t seed, const Books& books);

}  // namespace supervisor
