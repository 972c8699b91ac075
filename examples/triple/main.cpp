// The pipeline of the talk "Juggling GPU tasks with asyncio" (Bruce Merry, PyConZA 2016), in the
// five steps of docs/guide/pipeline.md: sync.cpp, async.cpp, race.cpp, resource.cpp, device.cpp.

#include "error.hpp"
#include "options.hpp"
#include "run.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

namespace triple {
namespace {

/// The command line knows of no device that there is no program for.
int run([[maybe_unused]] const Options& options) {
#ifdef ON_CUDA
    if (options.backend == common::Backend::cuda) {
        return on_cuda::run(options);
    }
#endif
#ifdef ON_OPENCL
    return on_opencl::run(options);
#else
    return failure;
#endif
}

}  // namespace
}  // namespace triple

int main(int argc, char** argv) {
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    // Answered by modes that have tasks; the others go on.
    std::signal(SIGUSR1, SIG_IGN);
    try {
        const std::optional<triple::Options> options = triple::parse_options(argc, argv);
        const int status = options ? triple::run(*options) : EXIT_SUCCESS;
        if (!std::cout.flush()) {
            throw triple::Error("cannot write to standard output");
        }
        return status;
    } catch (const std::bad_alloc&) {
        std::cerr << "triple: error: out of memory: try a smaller --chunk or fewer --buffers\n";
    } catch (const std::exception& error) {
        std::cerr << "triple: error: " << error.what() << '\n';
    }
    return triple::failure;
}
