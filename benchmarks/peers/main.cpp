// PROGRAM --list                    the library, and the works it can do
// PROGRAM WORK COUNT                does the work, and prints its figure, per operation
// PROGRAM WORK COUNT --once         does it once and prints nothing: for callgrind
//
// The figure is in nanoseconds.

#include "work.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

int usage() {
    std::fputs("usage: PROGRAM --list | PROGRAM WORK COUNT [--once]\nworks:", stderr);
    for (const peers::Work& work : peers::works) {
        std::fprintf(stderr, " %s", std::string{work.name}.c_str());
    }
    std::fputs("\n", stderr);
    return 2;
}

void list() {
    std::printf("%s\n", std::string{peers::library}.c_str());
    for (const peers::Work& work : peers::works) {
        std::printf("%s\n", std::string{work.name}.c_str());
    }
}

void measure(const peers::Work& work, long count) {
    using Clock = std::chrono::steady_clock;
    work.run(count / 4 + 1);  // caches and free lists are full
    const Clock::time_point start = Clock::now();
    double figure = work.run(count);
    const std::chrono::duration<double, std::nano> time = Clock::now() - start;
    if (figure == 0) {
        figure = time.count() / static_cast<double>(count);
    }
    std::printf("%.2f\n", figure);
}

}  // namespace

void peers::check_equal(std::string_view what, long is, long should_be) {
    if (is != should_be) {
        throw std::runtime_error{std::string{what} + " is " + std::to_string(is) +
                                 " and should be " + std::to_string(should_be)};
    }
}

int main(int argc, char** argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (argc == 2 && first == "--list") {
        list();
        return 0;
    }
    const std::string_view how = argc == 4 ? argv[3] : "";
    char* end = nullptr;
    const long count = argc < 3 ? 0 : std::strtol(argv[2], &end, 10);
    const auto work = std::ranges::find(peers::works, first, &peers::Work::name);
    const bool known = argc == 3 || how == "--once";
    if (!known || count <= 0 || *end != '\0' || work == peers::works.end()) {
        return usage();
    }
    try {
        if (how == "--once") {
            work->run(count);
        } else {
            measure(*work, count);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", std::string{work->name}.c_str(), error.what());
        return 1;
    }
}
