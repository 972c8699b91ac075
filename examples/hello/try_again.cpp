// What fails for a while is tried again, with pauses that double, but not forever.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>

using namespace std::chrono_literals;

struct Busy : std::runtime_error {
    using runtime_error::runtime_error;
};

juggle::Task<int> read_once(int attempt) {
    co_await juggle::sleep_for(5ms);
    if (attempt < 3) {
        throw Busy{"the device is busy"};
    }
    co_return 42;
}

juggle::Task<int> read(int max_attempts) {
    std::chrono::milliseconds pause{100};
    for (int attempt = 1;; ++attempt) {
        try {
            co_return co_await read_once(attempt);
        } catch (const Busy& busy) {  // anything else, Cancelled too, is not tried again
            if (attempt == max_attempts) {
                throw;
            }
            std::printf("attempt %d: %s\n", attempt, busy.what());
        }
        co_await juggle::sleep_for(pause);  // not in the handler: C++ does not allow it
        pause *= 2;
    }
}

juggle::Task<> program(juggle::Executor& executor) {
    const juggle::TimePoint start = executor.now();
    const int value = co_await read(5);
    std::printf("%d after %d ms\n", value, static_cast<int>((executor.now() - start) / 1ms));
    try {
        co_await read(2);
    } catch (const Busy& busy) {
        std::printf("given up: %s\n", busy.what());
    }
}

int main() {
    juggle::ManualClock clock;  // exact, for once; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(program(executor));
}

// prints:
// attempt 1: the device is busy
// attempt 2: the device is busy
// 42 after 315 ms
// attempt 1: the device is busy
// given up: the device is busy
