// An FX correlator over MPI. See README.md.

#include "agreement.hpp"
#include "common/error.hpp"
#include "common/signals_held_back.hpp"
#include "common/status_on_signal.hpp"
#include "complain.hpp"
#include "correlator/blocking.hpp"
#include "correlator/correlator.hpp"
#include "correlator/options.hpp"
#include "correlator/setup.hpp"
#include "ranks.hpp"

#include <juggle/executor.hpp>
#include <juggle/stop_signals.hpp>
#include <juggle/timeline.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace correlator {
namespace {

Layout layout_for(const Options& options, const Ranks& ranks) {
    if (ranks.size() > options.channels) {
        throw common::Error("--channels: " + std::to_string(options.channels) +
                            " are too few for " + std::to_string(ranks.size()) + " ranks");
    }
    return {.antennas = options.antennas,
            .channels = options.channels,
            .taps = options.taps,
            .spectra = options.spectra,
            .rank = ranks.rank(),
            .ranks = ranks.size()};
}

void announce(const Setup& setup, const Ranks& ranks) {
    const Layout& layout = setup.layout;
    std::cout << ranks.size() << (ranks.size() == 1 ? " rank, " : " ranks, ") << Ranks::library()
              << "; " << layout.antennas << " antennas, " << layout.baselines()
              << " baselines with those of an antenna with itself, " << layout.channels
              << " channels\n"
              << std::flush;
}

void report(const Setup& setup, const Totals& totals) {
    const Layout& layout = setup.layout;
    const Options& options = setup.options;
    const std::uint64_t rest = totals.chunks % options.integrate;
    std::cout << options.output << ".npy: " << setup.recorder->rows() << " rows of "
              << layout.channels << " channels and " << layout.baselines() << " baselines\n";
    if (rest != 0) {
        std::cout << "the last row is the sum of " << rest << " chunks instead of "
                  << options.integrate << '\n';
    }
    const double samples =
        static_cast<double>(totals.chunks) * static_cast<double>(layout.chunk_samples());
    const double sent =
        static_cast<double>(totals.chunks) * static_cast<double>(layout.sent_bytes());
    const double seconds = std::max(totals.seconds, 1e-9);
    const double rate = samples / seconds;
    constexpr double mega = 1e6;
    std::cout << options.output << ".png\n"
              << (totals.interrupted ? "interrupted after " : "") << totals.chunks << " chunks, "
              << std::setprecision(4) << samples / mega << " Msamples of each antenna in "
              << totals.seconds << " s: " << rate / mega << " Msamples/s, "
              << rate / mega * static_cast<double>(layout.antennas) << " of all antennas\n"
              << "rank 0 has sent " << sent / mega << " MB to the others, " << sent / seconds / mega
              << " MB/s\n";
    for (const char* separator = "of rank 0's time: "; const auto& [stage, time] : totals.stages) {
        std::cout << separator << stage << ' ' << time << " s";
        separator = ", ";
    }
    std::cout << (totals.stages.empty() ? "" : "\n");
}

/// What a rank is asked to do alone, and all of them end if one cannot.
std::unique_ptr<Setup> set_up(const Options& options, const Ranks& ranks, Agreement& agreement) {
    std::unique_ptr<Setup> setup;
    try {
        setup = std::make_unique<Setup>(options, layout_for(options, ranks));
    } catch (...) {
        complain(std::current_exception(), ranks);
    }
    if (agreement.ask_blocking(setup == nullptr ? Wish::stop : Wish::next_chunk) == Wish::stop) {
        setup.reset();
    }
    return setup;
}

Totals correlate(Setup& setup, const Ranks& ranks, Agreement& agreement,
                 const juggle::StopSignals& signals, juggle::Timeline* timeline) {
    if (setup.options.blocking) {
        return run_blocking(setup, ranks, agreement, signals.token(), timeline);
    }
    Correlator correlator{setup, ranks, agreement, timeline};
    juggle::Executor executor{{.observer = timeline}};
    const common::StatusOnSignal status{executor};
    return executor.run(correlator.run(signals.token()));
}

using HeldBack = std::optional<common::SignalsHeldBack>;

int run(const Options& options, const Ranks& ranks, HeldBack& signals_held_back) {
    Agreement agreement{ranks};
    const std::unique_ptr<Setup> setup = set_up(options, ranks, agreement);
    if (!setup) {
        return 1;
    }
    const juggle::StopSignals signals;
    signals_held_back.reset();
    std::optional<juggle::Timeline> recording;
    juggle::Timeline* const timeline = options.timeline.empty() ? nullptr : &recording.emplace();
    announce(*setup, ranks);
    const Totals totals = correlate(*setup, ranks, agreement, signals, timeline);
    if (setup->recorder) {
        if (totals.chunks == 0) {
            std::cerr << "correlator: warning: there is no chunk of samples; the output is empty\n";
        }
        setup->recorder->finish();
        report(*setup, totals);
    }
    if (timeline != nullptr) {
        ranks.write_timeline(*timeline, options.timeline);
        std::cout << options.timeline << '\n' << timeline->summary().text();
    }
    if (ranks.rank() == 0 && !std::cout.flush()) {
        throw common::Error("cannot write to standard output");
    }
    return 0;
}

/// What is wrong with the command line of one rank, as a rule all have the same, ends all of them.
int parse_and_run(int argc, char** argv, const Ranks& ranks, HeldBack& signals_held_back) {
    std::optional<Options> options;
    std::exception_ptr problem;
    try {
        options = parse_options(argc, argv);
    } catch (...) {
        problem = std::current_exception();
    }
    const std::size_t first = ranks.first_that(!options);
    if (!options || first != ranks.size()) {
        if (problem && ranks.rank() == first) {
            complain(problem);
        }
        return problem || options ? 1 : 0;  // it was to help
    }
    try {
        return run(*options, ranks, signals_held_back);
    } catch (...) {
        complain(std::current_exception(), ranks);
    }
    if (ranks.size() > 1) {
        Ranks::abort(1);  // the others may wait for this one
    }
    return 1;
}

}  // namespace
}  // namespace correlator

int main(int argc, char** argv) {
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    // The threads that MPI starts are not to handle signals, nor are compilers in drivers. What
    // comes before the first chunk has begun waits until then.
    std::optional<common::SignalsHeldBack> signals_held_back{std::in_place};
    try {
        const correlator::Ranks ranks{argc, argv};
        if (ranks.rank() != 0) {
            std::cout.rdbuf(nullptr);  // what all would say one is to say
        }
        return correlator::parse_and_run(argc, argv, ranks, signals_held_back);
    } catch (const std::exception& error) {
        std::cerr << "correlator: error: " << error.what() << '\n';
    }
    return 1;
}
