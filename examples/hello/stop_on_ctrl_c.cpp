// Ctrl-C ends the program in good order: its task is asked to stop, and destructors run.
#include <juggle/juggle.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>

struct File {
    ~File() { std::puts("the file is closed"); }
};

juggle::Task<> serve() {
    const File file;
    std::raise(SIGINT);  // what Ctrl-C does
    co_await juggle::sleep_for(std::chrono::hours{1});
}

int main() {
    const juggle::StopSignals signals;
    juggle::Executor executor;
    try {
        executor.run(serve(), signals.token());
    } catch (const juggle::Cancelled&) {  // no std::exception
        std::puts(signals.signal() == SIGINT ? "ended by SIGINT" : "ended by another signal");
    }
}

// prints:
// the file is closed
// ended by SIGINT
