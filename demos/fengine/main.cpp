// A telescope's F-engine: samples in, channels out, by SPEAD over UDP. See README.md.

#include "common/error.hpp"
#include "fengine/options.hpp"
#include "fengine/run.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

namespace fengine {
namespace {

/// The command line knows of no device that there is no program for.
void run([[maybe_unused]] const Options& options) {
#ifdef ON_CUDA
    if (options.backend == common::Backend::cuda) {
        on_cuda::run(options);
        return;
    }
#endif
#ifdef ON_OPENCL
    on_opencl::run(options);
#endif
}

void check_standard_output() {
    if (!std::cout.flush()) {
        throw common::Error("cannot write to standard output");
    }
}

}  // namespace
}  // namespace fengine

int main(int argc, char** argv) {
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        const std::optional<fengine::Options> options = fengine::parse_options(argc, argv);
        if (options) {
            fengine::run(*options);
        }
        fengine::check_standard_output();
        return 0;
    } catch (const std::bad_alloc&) {
        std::cerr << "fengine: error: out of memory: try a smaller --chunk or --in-flight\n";
    } catch (const std::exception& error) {
        std::cerr << "fengine: error: " << error.what() << '\n';
    }
    return 1;
}
