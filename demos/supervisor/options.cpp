#include "options.hpp"

#include "common/command_line.hpp"
#include "common/error.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace supervisor {

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    common::CommandLine line{
        "supervisor",
        "Runs jobs of several users, each of which needs a place of its user, some cores\n"
        "and an agent, on a simulated clock, and checks that nothing gets lost or is used\n"
        "twice. The exit status is 1 if the books do not balance, and 130 after Ctrl-C,\n"
        "which cancels all jobs.",
        22};

    constexpr std::size_t many = 10'000;
    constexpr std::uint64_t last_seed = std::numeric_limits<std::uint64_t>::max();
    Limits& limits = options.limits;
    line.add_count("--jobs", options.jobs, 1, 1'000'000, "Jobs in all");
    line.add_count("--users", limits.users, 1, many, "Users, who submit them in no order");
    line.add_count("--places", limits.places, 1, many,
                   "Places of each user: jobs beyond that are queued");
    line.add_count("--cores", limits.cores, 1, many, "Cores, for all users");
    line.add_count("--job-cores", options.max_cores, 1, many,
                   "Most cores that a job may need, of these");
    line.add_count("--agents", limits.agents, 1, many,
                   "Agents, for all users; they boot when needed");
    line.add_number("--cancel", options.cancel, 0, 1,
                    "How likely a user is to cancel a job, 0 to 1");
    line.add_count("--seed", options.seed, 0, last_seed,
                   "Where chance begins: same seed, same output");
    line.add_count("--seeds", options.seeds, 1, 1'000'000'000,
                   "Runs with so many seeds, from --seed on");
    line.add_flag("--log", options.log, "A line for each thing that happens");
    line.exclude("--log", "--seeds");

    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    if (line.was_given("--job-cores") && options.max_cores > limits.cores) {
        throw common::Error("--job-cores: '" + std::to_string(options.max_cores) +
                            "' is more than there are (--cores: '" + std::to_string(limits.cores) +
                            "')");
    }
    options.max_cores = std::min(options.max_cores, limits.cores);
    if (options.seeds - 1 > last_seed - options.seed) {
        throw common::Error("--seeds: '" + std::to_string(options.seeds) +
                            "' is more than there are from --seed '" +
                            std::to_string(options.seed) + "' on");
    }
    return options;
}

}  // namespace supervisor
