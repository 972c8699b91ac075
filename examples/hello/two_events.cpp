// Two events are waited for: first for either of them, then for both.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

juggle::Task<> wait_for(juggle::AsyncEvent& capture, juggle::AsyncEvent& calibration) {
    const auto first = co_await juggle::when_any(capture.wait(), calibration.wait());
    std::printf("%s is ready first\n", first.index() == 0 ? "capture" : "calibration");
    co_await juggle::when_all(capture.wait(), calibration.wait());
    std::puts("both are ready");
}

juggle::Task<> set_after(juggle::Duration delay, juggle::AsyncEvent& event) {
    co_await juggle::sleep_for(delay);
    event.set();
}

juggle::Task<> program() {
    juggle::AsyncEvent capture;
    juggle::AsyncEvent calibration;
    co_await juggle::when_all(wait_for(capture, calibration), set_after(20ms, capture),
                              set_after(10ms, calibration));
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(program());
}

// prints:
// calibration is ready first
// both are ready
