// What a pipeline has done so far, in numbers, for a page that a monitoring system reads.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>

using namespace std::chrono_literals;

juggle::Task<> produce(juggle::Channel<int>& chunks) {
    for (int number = 0; number < 4; ++number) {
        co_await chunks.push(number);
    }
    chunks.close();
}

juggle::Task<> consume(juggle::Channel<int>& chunks) {
    for (;;) {
        const std::optional<int> chunk = co_await chunks.pop();
        if (!chunk) {
            co_return;
        }
        co_await juggle::sleep_for(2s);  // it is the slow one: the other waits for room
    }
}

juggle::Task<> pipeline() {
    juggle::Channel<int> chunks{"chunks", 1};
    co_await juggle::when_all(produce(chunks), consume(chunks));

    juggle::Metrics metrics = juggle::Executor::current()->metrics();
    for (const juggle::Metrics::Object& object : metrics.objects) {
        std::printf("%s '%s': %d served\n", object.kind.c_str(), object.name.c_str(),
                    static_cast<int>(object.served));
        for (const juggle::Metrics::Waits& waits : object.waits) {
            const std::chrono::duration<double> waited = waits.waited;
            std::printf("%s: %d waits, %g s\n", waits.operation.c_str(),
                        static_cast<int>(waits.waits), waited.count());
        }
    }
    std::stringstream page;  // for GET /metrics
    metrics.write_prometheus(page);
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("juggle_served")) {
            std::puts(line.c_str());
        }
    }
}

int main() {
    juggle::ManualClock clock;  // so that this takes no time
    juggle::Executor executor{{.clock = &clock, .metrics = true}};
    executor.run(pipeline());
}

// prints:
// channel 'chunks': 4 served
// push: 3 waits, 4 s
// juggle_served_total{kind="channel",name="chunks"} 4
