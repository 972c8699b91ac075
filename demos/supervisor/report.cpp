#include "report.hpp"

#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

namespace supervisor {
namespace {

void print_line(const std::string& user, const Tally& tally) {
    std::cout << std::setw(4) << user << std::setw(8) << tally.submitted << std::setw(8)
              << tally.done << std::setw(11) << tally.all_cancelled();
    for (std::size_t i = 0; i < phase_names.size(); ++i) {
        std::cout << std::setw(i == 0 ? 10 : 9) << tally.cancelled[i];
    }
    std::cout << '\n';
}

void print_jobs(const Options& options, const Simulation& simulation) {
    std::vector<Tally> of_users(options.limits.users);
    Tally of_all;
    for (const Supervisor::Record& record : simulation.supervisor().records()) {
        of_users.at(record.job.user) += record;
        of_all += record;
    }
    std::cout << "user    jobs    done  cancelled: queued no cores no agent  booting  running\n";
    for (std::size_t i = 0; i < of_users.size(); ++i) {
        print_line(std::to_string(i + 1), of_users[i]);
    }
    print_line("all", of_all);
}

}  // namespace

void print_caption(const Options& options) {
    const Limits& limits = options.limits;
    if (options.seeds == 1) {
        std::cout << "seed " << options.seed;
    } else {
        std::cout << "seeds " << options.seed << " to " << options.seed + (options.seeds - 1);
    }
    std::cout << ": jobs " << options.jobs << ", users " << limits.users << ", places of each "
              << limits.places << ", cores " << limits.cores << ", agents " << limits.agents
              << "\n\n"
              << std::flush;
}

void print_report(const Options& options, const Simulation& simulation) {
    if (options.log) {
        std::cout << '\n';
    }
    print_jobs(options, simulation);
    const Units& cores = simulation.supervisor().cores();
    const Agents& agents = simulation.supervisor().agents();
    std::cout << "\ncores   " << cores.account().total() << ", free at the end "
              << cores.available() << ", most in use " << cores.account().max_out() << "\nagents  "
              << agents.size() << ", booted " << agents.counts().booted << ", boots given up "
              << agents.counts().given_up << ", reused " << agents.counts().reused << ", shut down "
              << agents.counts().shut_down << "\ntime    " << shown(simulation.time()) << '\n';
    if (simulation.books().balance()) {
        std::cout << "books balance\n" << std::flush;
    } else {
        print_imbalance(options.seed, simulation.books());
    }
}

void print_summary(std::uint64_t runs, const Tally& tally) {
    std::cout << runs << " seeds: " << tally.submitted << " jobs, " << tally.done << " done, "
              << tally.all_cancelled() << " cancelled (";
    for (std::size_t i = 0; i < phase_names.size(); ++i) {
        std::cout << (i == 0 ? "" : ", ") << tally.cancelled[i] << ' ' << phase_names[i];
    }
    std::cout << ")\nbooks balance\n" << std::flush;
}

void print_imbalance(std::uint64_t seed, const Books& books) {
    std::cout << "books do not balance, seed " << seed << ": " << books.imbalance() << '\n'
              << std::flush;
}

}  // namespace supervisor
