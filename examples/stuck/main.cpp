// Programs that wait forever, and say what for: docs/guide/hang.md.

#include "programs.hpp"

#include <juggle/deadlock.hpp>
#include <juggle/executor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

namespace {

struct Program {
    std::string_view name;
    juggle::Task<> (*start)();
};

constexpr auto programs = std::to_array<Program>({
    {"cycle", &stuck::cycle},
    {"forgotten", &stuck::forgotten},
    {"channel", &stuck::channel},
    {"event", &stuck::event},
    {"join", &stuck::join},
});

int usage() {
    std::cerr << "usage: stuck ";
    for (const Program& program : programs) {
        std::cerr << (&program == &programs.front() ? "" : "|") << program.name;
    }
    std::cerr << '\n';
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    const auto* program =
        argc == 2 ? std::ranges::find(programs, std::string_view{argv[1]}, &Program::name)
                  : programs.end();
    if (program == programs.end()) {
        return usage();
    }
    try {
        juggle::ExecutorOptions options;
        options.report_waits_after = std::chrono::milliseconds{500};
        juggle::Executor executor{options};
        executor.run(program->start());
        return EXIT_SUCCESS;
    } catch (const juggle::Deadlock& error) {
        std::cerr << error.what() << '\n';
    } catch (const std::exception& error) {
        std::cerr << "stuck: error: " << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
