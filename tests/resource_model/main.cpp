// A resource against a model of it, by random steps.
//
//     resource_model           a bounded share; all of it with JUGGLE_TORTURE=1
//     resource_model FILE      the steps in the file, as a failure prints them
//
// JUGGLE_MODEL_SEED=<n> takes the steps of that seed only. A failure, which may be a crash or a
// hang, is printed with its seed and with as few steps as still make it, and ends with status 1.

#include "resource_model/machine.hpp"
#include "resource_model/manual_kind.hpp"
#include "resource_model/shrink.hpp"
#include "resource_model/step.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using resource_model::Steps;

constexpr std::size_t steps_a_seed = 400;

/// What is wrong, or nothing.
std::string run(const Steps& steps) {
    support::TestExecutor test;
    resource_model::ManualKind kind;
    resource_model::Machine<resource_model::ManualKind> machine{kind, test.reports};
    test.executor.run(machine.run(steps));
    return machine.failure();
}

/// Calls a function in a process of its own, where it may crash or hang. True: it came back.
template <class Function>
bool survives(Function function, unsigned seconds, bool quiet) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(seconds);
        if (quiet) {
            (void)std::freopen("/dev/null", "w", stderr);
        }
        ::_exit(function() ? 0 : 1);  // what failed half-way is not to be cleaned up
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

bool fails(const Steps& steps) {
    return !survives([&steps] { return run(steps).empty(); }, 5, true);
}

void print_failure(const Steps& steps) {
    std::cout << "as few steps as still fail, to be given to resource_model in a file:\n";
    for (const auto& step : resource_model::shrink(steps, &fails)) {
        std::cout << "    " << step << '\n';
    }
}

/// Shared with the process that takes the steps.
struct Progress {
    std::uint64_t seed;
    std::uint64_t steps;
};

/// True: all went well.
bool run_seeds(Progress& progress, std::uint64_t first, std::uint64_t last) {
    const auto run_each = [&] {
        for (progress.seed = first; progress.seed != last; ++progress.seed) {
            const Steps steps = resource_model::random_steps(progress.seed, steps_a_seed);
            if (const std::string failure = run(steps); !failure.empty()) {
                std::cout << "seed " << progress.seed << ": " << failure << std::endl;
                return false;
            }
            progress.steps += steps.size();
        }
        return true;
    };
    return survives(run_each, 3'000, false);
}

int run_file(const char* name) {
    std::ifstream file{name};
    const Steps steps = resource_model::read_steps(file);
    const std::string failure = run(steps);
    std::cout << steps.size() << " steps: " << (failure.empty() ? "no failure" : failure) << '\n';
    std::cout.flush();
    std::_Exit(failure.empty() ? 0 : 1);
}

int run_all() {
    const char* const only = std::getenv("JUGGLE_MODEL_SEED");
    const std::uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
    const std::uint64_t last = first + (only != nullptr         ? 1
                                        : support::whole_size() ? 40'000
                                                                : 1'000);

    void* const shared = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto& progress = *new (shared) Progress{};
    const bool well = run_seeds(progress, first, last);
    if (!well) {
        std::cout << "seed " << progress.seed << " failed\n";
        print_failure(resource_model::random_steps(progress.seed, steps_a_seed));
    }
    std::cout << "seeds " << first << " to " << last - 1 << ", " << steps_a_seed << " steps each\n"
              << progress.steps << " cases, " << (well ? 0 : 1) << " failures\n";
    return well ? 0 : 1;
}

}  // namespace

int main(int argc, char* argv[]) {
    try {
        return argc > 1 ? run_file(argv[1]) : run_all();
    } catch (const std::exception& error) {
        std::cerr << "resource_model: " << error.what() << '\n';
        return 1;
    }
}
