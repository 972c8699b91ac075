// Runs random programs, lists of steps, against a model:
//
//     <program>           a bounded share of them; all of them with JUGGLE_TORTURE=1
//     <program> FILE      the steps in the file, as a failure prints them
//
// JUGGLE_MODEL_SEED=<n> takes the steps of that seed only. A failure, which may be a crash or a
// hang, is printed with its seed and with as few steps as still make it, and ends with status 1.
#pragma once

#include "support/shrink.hpp"
#include "support/torture.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <istream>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// Calls a function in a process of its own, where it may crash or hang. True: it came back, and
/// said so.
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

template <class Step>
class RandomPrograms {
public:
    using Steps = std::vector<Step>;

    const char* name;
    std::size_t steps_each;
    std::uint64_t share;  // how many programs
    std::uint64_t whole;
    Steps (*random)(std::uint64_t seed, std::size_t count);
    Steps (*read)(std::istream& stream);
    /// What is wrong, or nothing.
    std::string (*run)(const Steps& steps);

    int main(int argc, char* argv[]) const {
        try {
            return argc > 1 ? run_file(argv[1]) : run_all();
        } catch (const std::exception& error) {
            std::cerr << name << ": " << error.what() << '\n';
            return 1;
        }
    }

private:
    /// Shared with the process that takes the steps.
    struct Progress {
        std::uint64_t seed;
        std::uint64_t steps;
    };

    void print_failure(const Steps& steps) const {
        const auto fails = [this](const Steps& fewer) {
            return !survives([&] { return run(fewer).empty(); }, 5, true);
        };
        std::cout << "as few steps as still fail, to be given to " << name << " in a file:\n";
        for (const Step& step : shrink(steps, fails)) {
            std::cout << "    " << step << '\n';
        }
    }

    /// True: all went well.
    bool run_seeds(Progress& progress, std::uint64_t first, std::uint64_t last) const {
        const auto run_each = [&] {
            for (progress.seed = first; progress.seed != last; ++progress.seed) {
                const Steps steps = random(progress.seed, steps_each);
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

    int run_file(const char* file_name) const {
        std::ifstream file{file_name};
        const Steps steps = read(file);
        const std::string failure = run(steps);
        std::cout << steps.size() << " steps: " << (failure.empty() ? "no failure" : failure)
                  << '\n';
        std::cout.flush();
        std::_Exit(failure.empty() ? 0 : 1);
    }

    int run_all() const {
        const char* const only = std::getenv("JUGGLE_MODEL_SEED");
        const std::uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
        const std::uint64_t last = first + (only != nullptr ? 1 : whole_size() ? whole : share);

        void* const shared = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        auto& progress = *new (shared) Progress{};
        const bool well = run_seeds(progress, first, last);
        if (!well) {
            std::cout << "seed " << progress.seed << " failed\n";
            print_failure(random(progress.seed, steps_each));
        }
        std::cout << "seeds " << first << " to " << last - 1 << ", " << steps_each
                  << " steps each\n"
                  << progress.steps << " cases, " << (well ? 0 : 1) << " failures\n";
        return well ? 0 : 1;
    }
};

}  // namespace support
