// Chunks go from rank to rank, and each rank's device makes three of one: in four steps, which
// docs/guide/several_machines.md goes through. `mpiexec -n N messages [MODE [CHUNKS]]`; all modes
// if none is named.

#include "modes.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr std::string_view modes[]{"blocking", "awaiting", "overlapped", "draining"};

struct Options {
    std::vector<std::string_view> modes{std::begin(::modes), std::end(::modes)};
    int chunks = 200;
};

Options parse(int argc, char** argv) {
    Options options;
    if (argc > 1) {
        const std::string_view mode{argv[1]};
        if (std::ranges::find(modes, mode) == std::end(modes)) {
            throw std::invalid_argument{"unknown mode '" + std::string{mode} +
                                        "'; there are blocking, awaiting, overlapped, draining"};
        }
        options.modes = {mode};
    }
    if (argc > 2) {
        const std::string_view text{argv[2]};
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), options.chunks);
        // They are tags as well, of which each MPI has so many.
        if (error != std::errc{} || end != text.data() + text.size() || options.chunks < 1 ||
            options.chunks > 32'767) {
            throw std::invalid_argument{"CHUNKS is '" + std::string{text} +
                                        "', not a number from 1 to 32767"};
        }
    }
    return options;
}

bool run(std::string_view mode, messages::Device& device, int chunks) {
    messages::Line line;
    MPI_Barrier(MPI_COMM_WORLD);
    const auto start = std::chrono::steady_clock::now();
    if (mode == "blocking") {
        messages::run_blocking(line, device, chunks);
    } else if (mode == "awaiting") {
        messages::run_awaiting(line, device, chunks);
    } else if (mode == "overlapped") {
        messages::run_overlapped(line, device, chunks);
    } else {
        const juggle::StopSignals signals;  // Ctrl-C
        messages::run_draining(line, device, chunks, signals.token());
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (line.is_last()) {
        std::printf("%-11.*s %6d right %4d wrong, %.0f ms\n", static_cast<int>(mode.size()),
                    mode.data(), line.right(), line.wrong(), time.count() * 1e3);
        std::fflush(stdout);
    }
    return !line.is_last() || (line.wrong() == 0 && line.right() != 0);
}

bool run_all(const Options& options) {
    messages::Device device;
    bool good = true;
    for (const std::string_view mode : options.modes) {
        good &= run(mode, device, options.chunks);
    }
    return good;
}

}  // namespace

// [main]
int main(int argc, char** argv) {
    bool good = false;
    try {
        const Options options = parse(argc, argv);
        int level = MPI_THREAD_SINGLE;
        MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
        good = run_all(options);
        MPI_Finalize();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "messages: %s\n", error.what());
        int is_initialised = 0;
        MPI_Initialized(&is_initialised);
        if (is_initialised != 0) {
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
// [/main]
