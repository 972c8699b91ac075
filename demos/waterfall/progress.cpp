#include "progress.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/sleep.hpp>

#include <cstdio>

#include <unistd.h>

namespace waterfall {

double Progress::seconds_of_signal() const { return static_cast<double>(samples_) / sample_rate_; }

double Progress::megasamples_per_second() const {
    return elapsed_.count() > 0 ? static_cast<double>(samples_) / elapsed_.count() / 1e6 : 0;
}

juggle::Task<> Progress::show() {
    if (::isatty(STDERR_FILENO) == 0) {
        co_return;
    }
    try {
        while (true) {
            print_line();
            co_await juggle::sleep_for(std::chrono::milliseconds(200));
        }
    } catch (const juggle::Cancelled&) {
        print_line();
        std::fputc('\n', stderr);
    }
}

void Progress::print_line() {
    stop();
    std::fprintf(stderr, "\r%.1f Msamples, %.2f s of signal, %.1f Msamples/s\x1b[K",
                 static_cast<double>(samples_) / 1e6, seconds_of_signal(),
                 megasamples_per_second());
    std::fflush(stderr);
}

}  // namespace waterfall
