// Stop the input, then drain: what is in flight is finished, and nothing new is started.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <optional>

using namespace std::chrono_literals;

juggle::Task<> read(juggle::Channel<int>& samples) {
    for (int sample = 0;; ++sample) {  // ends by a stop request only
        co_await juggle::sleep_for(10ms);
        co_await samples.push(sample);
    }
}

juggle::Task<> process(juggle::Channel<int>& samples) {
    while (const std::optional<int> sample = co_await samples.pop()) {
        co_await juggle::sleep_for(25ms);
        std::printf("sample %d is processed\n", *sample);
    }
}

juggle::Task<> program(juggle::Executor& executor) {
    juggle::Channel<int> samples{4};
    juggle::JoinHandle<> input = executor.spawn(read(samples));
    juggle::JoinHandle<> output = executor.spawn(process(samples));
    co_await juggle::sleep_for(45ms);
    input.request_stop();                      // nothing new comes in
    (void)co_await juggle::as_outcome(input);  // ended, by Cancelled
    std::puts("the input has stopped");
    samples.close();  // the consumer finds the end behind what is in flight
    co_await output;
    std::puts("drained");
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(program(executor));
}

// prints:
// sample 0 is processed
// the input has stopped
// sample 1 is processed
// sample 2 is processed
// sample 3 is processed
// drained
