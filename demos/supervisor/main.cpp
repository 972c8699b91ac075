// A job supervisor in one process. Jobs of several users need a place of their user, some cores and
// an agent that boots slowly and is used again. Each job is a coroutine, see supervisor.cpp: it
// takes without awaiting what is there, awaits one thing that is missing, and then looks at
// everything again, since others have been at work meanwhile. It may be cancelled at any await;
// what it has then goes back by itself (units.hpp, agents.hpp). books.hpp keeps accounts of all
// that, so that nothing is lost or used twice without notice; simulation.cpp has the users and the
// clock, on which hours take milliseconds.

#include "common/error.hpp"
#include "options.hpp"
#include "report.hpp"
#include "simulation.hpp"

#include <juggle/stop_signals.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

namespace supervisor {
namespace {

constexpr int failure = 1;
constexpr int interrupted = 128 + SIGINT;

int run_one(const Options& options, const std::stop_token& stop) {
    Simulation simulation{options, options.seed, options.log ? &std::cout : nullptr};
    simulation.run(stop);
    print_report(options, simulation);
    return simulation.books().balance() ? EXIT_SUCCESS : failure;
}

int run_many(const Options& options, const std::stop_token& stop) {
    Tally tally;
    std::uint64_t runs = 0;
    while (runs < options.seeds && !stop.stop_requested()) {
        const std::uint64_t seed = options.seed + runs++;
        Simulation simulation{options, seed, nullptr};
        simulation.run(stop);
        if (!simulation.books().balance()) {
            print_imbalance(seed, simulation.books());
            return failure;
        }
        for (const Supervisor::Record& record : simulation.supervisor().records()) {
            tally += record;
        }
    }
    print_summary(runs, tally);
    return EXIT_SUCCESS;
}

int run(const Options& options) {
    const juggle::StopSignals signals;
    print_caption(options);
    const int status =
        options.seeds == 1 ? run_one(options, signals.token()) : run_many(options, signals.token());
    if (status == EXIT_SUCCESS && signals.token().stop_requested()) {
        std::cerr << "supervisor: interrupted\n";
        return interrupted;
    }
    return status;
}

}  // namespace
}  // namespace supervisor

int main(int argc, char** argv) {
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const std::optional<supervisor::Options> options = supervisor::parse_options(argc, argv);
        const int status = options ? supervisor::run(*options) : EXIT_SUCCESS;
        if (!std::cout.flush()) {
            throw common::Error("cannot write to standard output");
        }
        return status;
    } catch (const std::bad_alloc&) {
        std::cerr << "supervisor: error: out of memory\n";
    } catch (const std::exception& error) {
        std::cerr << "supervisor: error: " << error.what() << '\n';
    }
    return supervisor::failure;
}
