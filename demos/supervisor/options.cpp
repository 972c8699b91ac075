#include "options.hpp"

#include "common/options.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

namespace supervisor {
namespace {

template <class Number>
CLI::Option* add(CLI::App& app, const char* name, Number& into, Number most, const char* help) {
    return common::add_count<Number>(app, name, into, 1, most, help);
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    CLI::App app{
        "Runs jobs of several users, each of which needs a place of its user, some cores\n"
        "and an agent, on a simulated clock, and checks that nothing gets lost or is used\n"
        "twice. The exit status is 1 if the books do not balance, and 130 after Ctrl-C,\n"
        "which cancels all jobs.",
        "supervisor"};
    app.formatter(std::make_shared<common::HelpFormatter>(22));

    constexpr std::size_t many = 10'000;
    constexpr std::uint64_t last_seed = std::numeric_limits<std::uint64_t>::max();
    Limits& limits = options.limits;
    add<std::size_t>(app, "--jobs", options.jobs, 1'000'000, "Jobs in all");
    add<std::size_t>(app, "--users", limits.users, many, "Users, who submit them in no order");
    add<std::size_t>(app, "--places", limits.places, many,
                     "Places of each user: jobs beyond that are queued");
    add<std::size_t>(app, "--cores", limits.cores, many, "Cores, for all users");
    const CLI::Option* max_cores = add<std::size_t>(app, "--job-cores", options.max_cores, many,
                                                    "Most cores that a job may need, of these");
    add<std::size_t>(app, "--agents", limits.agents, many,
                     "Agents, for all users; they boot when needed");
    common::add_number(app, "--cancel", options.cancel, 0, 1,
                       "How likely a user is to cancel a job, 0 to 1");
    common::add_count<std::uint64_t>(app, "--seed", options.seed, 0, last_seed,
                                     "Where chance begins: same seed, same output");
    CLI::Option* seeds = add<std::uint64_t>(app, "--seeds", options.seeds, 1'000'000'000,
                                            "Runs with so many seeds, from --seed on");
    app.add_flag("--log", options.log, "A line for each thing that happens")->excludes(seeds);

    if (!common::parse(app, argc, argv)) {
        return std::nullopt;
    }
    if (*max_cores && options.max_cores > limits.cores) {
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
