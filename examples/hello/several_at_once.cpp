// Several things are awaited at once: all of them, or not more than a few at one time.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <ranges>
#include <vector>

juggle::Task<int> measure(int channel) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10});
    co_return channel* channel;
}

juggle::Task<> report(juggle::Executor& executor) {
    const auto elapsed = [&executor, start = executor.now()] {
        return static_cast<int>((executor.now() - start) / std::chrono::milliseconds{1});
    };
    const auto [left, right] = co_await juggle::when_all(measure(1), measure(2));
    std::printf("%d and %d after %d ms\n", left, right, elapsed());

    auto channels = std::views::iota(0, 12) | std::views::transform(measure);
    const std::vector<int> all = co_await juggle::when_all_windowed(channels, 4);
    std::printf("%zu of them, the last one %d, after %d ms\n", all.size(), all.back(), elapsed());
}

int main() {
    juggle::ManualClock clock;  // exact, for once; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(report(executor));
}

// prints:
// 1 and 4 after 10 ms
// 12 of them, the last one 121, after 40 ms
