// Two readings have to be there by one time; which of them was late makes no difference to the
// other.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

juggle::Task<int> read_sensor(juggle::Duration takes, int value) {
    co_await juggle::sleep_for(takes);
    co_return value;
}

juggle::Task<> program() {
    const juggle::Environment environment = co_await juggle::current_environment();
    const juggle::TimePoint end = environment.executor().now() + 100ms;
    std::printf("%d\n", co_await juggle::deadline(end, read_sensor(60ms, 17)));
    try {
        std::printf("%d\n", co_await juggle::deadline(end, read_sensor(60ms, 18)));
    } catch (const juggle::TimedOut& late) {
        std::printf("%s\n", late.what());
    }
}

int main() {
    juggle::ManualClock clock;
    juggle::Executor executor{{.clock = &clock}};
    executor.run(program());
}

// prints:
// 17
// juggle: timed out
