// A long computation lets other tasks run now and then, and can be stopped there. It says which
// task it is.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <string>

juggle::Task<> count(int steps) {
    const juggle::Environment environment = co_await juggle::current_environment();
    const std::string name{environment.name()};
    for (int step = 1; step <= steps; ++step) {
        std::printf("task %d '%s', step %d\n", static_cast<int>(environment.task_id().number),
                    name.c_str(), step);
        co_await juggle::yield();  // throws Cancelled when the task is asked to stop
    }
}

juggle::Task<> program(juggle::Executor& executor) {
    juggle::JoinHandle<> endless = executor.spawn("endless", count(1'000'000));
    juggle::JoinHandle<> brief = executor.spawn("brief", count(2));
    co_await brief;
    endless.request_stop();
    try {
        co_await endless;
    } catch (const juggle::Cancelled&) {
        std::puts("stopped");
    }
}

int main() {
    juggle::Executor executor;
    executor.run(program(executor));
}

// prints:
// task 2 'endless', step 1
// task 3 'brief', step 1
// task 2 'endless', step 2
// task 3 'brief', step 2
// task 2 'endless', step 3
// task 2 'endless', step 4
// stopped
