// A job queue keeps a limited number of chunks in flight, and slows down the loop that pushes them.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<> process(int chunk) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10});
    std::printf("chunk %d\n", chunk);
}

juggle::Task<> stream(juggle::Executor& executor) {
    const juggle::TimePoint start = executor.now();
    juggle::JobQueue jobs{4};
    for (int chunk = 0; chunk < 12; ++chunk) {
        co_await jobs.push(process(chunk));  // waits while four are in flight
    }
    co_await jobs.finish();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(executor.now() - start);
    std::printf("%d ms\n", static_cast<int>(took.count()));  // not 120
}

int main() {
    juggle::ManualClock clock;  // exact, for once; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(stream(executor));
}

// prints:
// chunk 0
// chunk 1
// chunk 2
// chunk 3
// chunk 4
// chunk 5
// chunk 6
// chunk 7
// chunk 8
// chunk 9
// chunk 10
// chunk 11
// 30 ms
