// The failure of a task that nobody awaits is reported, and here it ends the program.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <stop_token>

juggle::Task<> fails() {
    co_await juggle::yield();
    throw std::runtime_error{"no carrier"};
}

juggle::Task<> stream(juggle::Executor& executor) {
    executor.spawn(fails()).detach();
    co_await juggle::sleep_for(std::chrono::hours{1});
}

int main() {
    std::stop_source stop;
    juggle::ExecutorOptions options;
    options.on_unhandled_exception = [&stop](const juggle::UnhandledException& unhandled) {
        try {
            std::rethrow_exception(unhandled.exception);
        } catch (const std::exception& error) {
            std::printf("spawned in line %u: %s\n", unhandled.spawned_at.line(), error.what());
        }
        stop.request_stop();
    };
    juggle::Executor executor{options};
    try {
        executor.run(stream(executor), stop.get_token());
    } catch (const juggle::Cancelled&) {
        std::puts("stopped");
    }
}

// prints:
// spawned in line 16: no carrier
// stopped
