// A task that is asked to stop finishes the few steps that must not be left half done.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<> park() {
    std::puts("parking");
    co_await juggle::sleep_for(std::chrono::milliseconds{5});
    std::puts("parked");
}

juggle::Task<> move() {
    bool stopped = false;
    try {
        co_await juggle::sleep_for(std::chrono::hours{1});
    } catch (const juggle::Cancelled&) {
        stopped = true;  // no await in a handler: C++ does not allow it
    }
    co_await juggle::shield(park());
    if (stopped) {
        throw juggle::Cancelled{};
    }
}

juggle::Task<> program(juggle::Executor& executor) {
    juggle::JoinHandle<> arm = executor.spawn(move());
    co_await juggle::yield();
    arm.request_stop();
    const juggle::Outcome<> outcome = co_await juggle::as_outcome(arm);
    if (outcome.cancelled()) {
        std::puts("stopped");
    } else {
        outcome.value();  // throws what it has failed of, if it has
        std::puts("arrived");
    }
}

int main() {
    juggle::Executor executor;
    executor.run(program(executor));
}

// prints:
// parking
// parked
// stopped
