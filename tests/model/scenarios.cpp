#include "scenarios.hpp"

#include "../support/torture.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <set>
#include <utility>

namespace model {

namespace {

[[nodiscard]] std::vector<Scenario> selected(const std::vector<Scenario>& scenarios, bool all) {
    std::vector<Scenario> result;
    for (const Scenario& scenario : scenarios) {
        if (scenario.size.always || all) {
            result.push_back(scenario);
        }
    }
    return result;
}

[[nodiscard]] Report explore(const Scenario& scenario, Options options = {}) {
    options.early_wakes = scenario.size.early_wakes;
    options.weak_failures = scenario.size.weak_failures;
    return explore(scenario.run, options);
}

/// The line of the sources that is called file:line, and the one before.
[[nodiscard]] std::string lines_at(const std::string& place) {
    const std::size_t colon = place.find(':');
    std::ifstream file{JUGGLE_SOURCE_DIR "/" + place.substr(0, colon)};
    std::string line;
    std::string before;
    for (int number = std::stoi(place.substr(colon + 1)); number > 0; --number) {
        before = std::move(line);
        std::getline(file, line);
    }
    return before + '\n' + line;
}

/// The first scenario that fails; empty if none does.
[[nodiscard]] std::string first_to_fail(const std::vector<Scenario>& scenarios,
                                        const Options& options) {
    for (const Scenario& scenario : scenarios) {
        const Report report = explore(scenario, options);
        if (!report.failure.empty()) {
            return scenario.name + ": " + report.failure;
        }
    }
    return {};
}

}  // namespace

void check_all(const std::vector<Scenario>& scenarios) {
    for (const Scenario& scenario : selected(scenarios, support::whole_size())) {
        DYNAMIC_SECTION(scenario.name) {
            const auto start = std::chrono::steady_clock::now();
            const Report report = explore(scenario);
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
            ++support::cases;
            std::cout << scenario.name << " (early wakes " << scenario.size.early_wakes
                      << ", weak failures " << scenario.size.weak_failures
                      << "): " << report.executions << " executions, " << report.redundant
                      << " redundant, " << took.count() << " s" << std::endl;
            INFO(report.failure << '\n' << report.story);
            CHECK(report.failure.empty());
        }
    }
}

void check_orders(const std::string& files, const std::vector<Scenario>& all,
                  const std::vector<Unneeded>& unneeded) {
    const std::vector<Scenario> scenarios = selected(all, false);
    std::set<Mutation> possible;
    Options options;
    options.list_operations = true;
    for (const Scenario& scenario : scenarios) {
        possible.merge(explore(scenario, options).possible);
    }
    options.list_operations = false;
    int met = 0;
    for (const Mutation& mutation : possible) {
        if (mutation.operation.place.find(files) == std::string::npos) {
            continue;
        }
        ++met;
        const std::string source = lines_at(mutation.operation.place);
        const auto same = [&](const Unneeded& entry) {
            return mutation.weakening == entry.weakening &&
                   source.find(entry.source) != std::string::npos;
        };
        const bool listed = std::any_of(unneeded.begin(), unneeded.end(), same);
        if (listed && !support::whole_size()) {
            continue;  // it takes all executions to see that none fails
        }
        options.mutations = {mutation};
        const std::string failure = first_to_fail(scenarios, options);
        ++support::cases;
        std::cout << to_string(mutation) << ": "
                  << (failure.empty() ? "not noticed" : "caught by " + failure) << std::endl;
        INFO(to_string(mutation) << ": " << source << ": " << failure);
        CHECK(failure.empty() == listed);
    }
    CHECK(met > 0);
}

}  // namespace model
