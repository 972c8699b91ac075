// Tasks that take different times to warm up start together, when the last of them is warm.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<> stage(juggle::Latch& all_warm, int number) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10 * number});
    std::printf("stage %d is warm\n", number);
    co_await all_warm.arrive_and_wait();
    std::printf("stage %d starts\n", number);
}

juggle::Task<> stages() {
    juggle::Latch all_warm{3};
    co_await juggle::when_all(stage(all_warm, 1), stage(all_warm, 2), stage(all_warm, 3));
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(stages());
}

// prints:
// stage 1 is warm
// stage 2 is warm
// stage 3 is warm
// stage 3 starts
// stage 1 starts
// stage 2 starts
