// Stop the input, then drain: what has come in is finished, and nothing new is taken in.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <stop_token>

using namespace std::chrono_literals;

using Samples = juggle::Channel<int>;

struct ClosedAtEnd {
    Samples& samples;
    ~ClosedAtEnd() { samples.close(); }
};

juggle::Task<> read(Samples& samples) {
    const ClosedAtEnd out{samples};  // the consumer finds the end behind what is in flight
    try {
        for (int sample = 0;; ++sample) {                   // without an end of its own
            co_await juggle::sleep_for(10ms);               // a stop request ends this wait,
            co_await juggle::shield(samples.push(sample));  // not this one: the sample is here
        }
    } catch (const juggle::Cancelled&) {
        std::puts("the input has stopped");
    } catch (const juggle::ChannelClosed&) {
        std::puts("the consumer has failed");
    }
}

juggle::Task<> process(Samples& samples) {
    const ClosedAtEnd in{samples};  // should this fail, no push waits for it
    while (const std::optional<int> sample = co_await samples.pop()) {
        co_await juggle::sleep_for(25ms);
        std::printf("sample %d is processed\n", *sample);
    }
}

juggle::Task<> pipeline() {
    Samples samples{4};
    // A stop request is passed on to the input alone; the consumer goes on until the channel ends.
    co_await juggle::when_all(read(samples), juggle::shield(process(samples)));
    std::puts("drained");
}

juggle::Task<> stop_after(juggle::Duration time, std::stop_source stop) {
    co_await juggle::sleep_for(time);
    stop.request_stop();
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    const std::stop_source stop;  // juggle::StopSignals for Ctrl-C
    executor.spawn(stop_after(45ms, stop)).detach();
    executor.run(pipeline(), stop.get_token());
}

// prints:
// sample 0 is processed
// the input has stopped
// sample 1 is processed
// sample 2 is processed
// sample 3 is processed
// drained
