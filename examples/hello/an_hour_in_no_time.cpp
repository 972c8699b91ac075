// With a clock that jumps to the next timer, an hour of waiting is tested in no time.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>

juggle::Task<> remind() {
    co_await juggle::sleep_for(std::chrono::hours{1});
    std::puts("an hour has passed");
    throw std::runtime_error{"the bell is broken"};
}

juggle::Task<> wait_longer(juggle::Executor& executor) {
    executor.spawn(remind()).detach();
    co_await juggle::sleep_for(std::chrono::hours{2});
    std::puts("two hours have passed");
}

int main() {
    juggle::ManualClock clock;
    juggle::ExecutorOptions options;
    options.clock = &clock;
    options.on_unhandled_exception = [](const juggle::UnhandledException& unhandled) {
        std::printf("task %d failed\n", static_cast<int>(unhandled.task.number));
    };
    juggle::Executor executor{options};
    executor.run(wait_longer(executor));
}

// prints:
// an hour has passed
// task 2 failed
// two hours have passed
