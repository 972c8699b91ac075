// Something is done every second. How long it takes itself does not shift the seconds.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

juggle::Task<> measure() { co_await juggle::sleep_for(300ms); }

juggle::Task<> every_second(juggle::Executor& executor) {
    const juggle::TimePoint start = executor.now();
    for (juggle::TimePoint next = start; next < start + 4s; next += 1s) {
        co_await juggle::sleep_until(next);
        std::printf("at %d ms\n", static_cast<int>((executor.now() - start) / 1ms));
        co_await measure();
    }
}

int main() {
    juggle::ManualClock clock;  // exact, for once; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(every_second(executor));
}

// prints:
// at 0 ms
// at 1000 ms
// at 2000 ms
// at 3000 ms
