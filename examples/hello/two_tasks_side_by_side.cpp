// A spawned task runs beside the one that spawned it, on the same thread.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<int> measure(int channel) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10});
    co_return channel* channel;
}

juggle::Task<int> both(juggle::Executor& executor) {
    juggle::JoinHandle<int> other = executor.spawn(measure(3));
    const int mine = co_await measure(4);
    co_return mine + co_await other;  // which has ended by now
}

int main() {
    juggle::Executor executor;
    std::printf("%d\n", executor.run(both(executor)));  // after 10 ms
}

// prints:
// 25
