// Producers and consumers on one thread, in the three forms that courses on asyncio teach. Each
// has a file of its own: with_a_timer.cpp, at_the_consumers_pace.cpp, three_into_one.cpp.

#include "common/error.hpp"
#include "forms.hpp"
#include "options.hpp"

#include <juggle/executor.hpp>
#include <juggle/manual_clock.hpp>
#include <juggle/stop_signals.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

namespace producer_consumer {
namespace {

constexpr int interrupted = 128 + SIGINT;

juggle::Task<> run_forms(juggle::Executor& executor, Options options) {
    const int items = static_cast<int>(options.items);
    const auto wanted = [&options](unsigned form) {
        return options.form == 0 || options.form == form;
    };
    if (wanted(1)) {
        std::cout << "1. A channel, and a timer that ends it\n";
        Log log{executor};
        co_await with_a_timer(log, options.length);
    }
    if (wanted(2)) {
        std::cout << "2. The consumer sets the pace\n";
        Log log{executor};
        co_await at_the_consumers_pace(log, items);
    }
    if (wanted(3)) {
        std::cout << "3. Three producers into one consumer\n";
        Log log{executor};
        co_await three_into_one(log, items);
    }
}

int run(const Options& options) {
    juggle::ManualClock simulated;  // jumps to the next timer when nothing else is to be done
    juggle::ExecutorOptions executor_options;
    executor_options.clock = options.real_time ? nullptr : &simulated;
    juggle::Executor executor{executor_options};
    const juggle::StopSignals signals;
    try {
        executor.run(run_forms(executor, options), signals.token());
    } catch (const juggle::Cancelled&) {
        std::cerr << "producer_consumer: interrupted\n";
        return interrupted;
    }
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace producer_consumer

int main(int argc, char** argv) {
#if defined(SIGPIPE)
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
#endif
    try {
        const auto options = producer_consumer::parse_options(argc, argv);
        const int status = options ? producer_consumer::run(*options) : EXIT_SUCCESS;
        if (!std::cout.flush()) {
            throw common::Error("cannot write to standard output");
        }
        return status;
    } catch (const std::bad_alloc&) {
        std::cerr << "producer_consumer: error: out of memory\n";
    } catch (const std::exception& error) {
        std::cerr << "producer_consumer: error: " << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
