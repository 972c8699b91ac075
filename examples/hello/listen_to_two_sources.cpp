// One loop takes the elements of several generators, in the order in which they arrive.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

juggle::Generator<std::string> sensor(std::string name, std::chrono::milliseconds period) {
    for (int sample = 0; sample < 3; ++sample) {
        co_await juggle::sleep_for(period);
        co_yield name + " " + std::to_string(sample);
    }
}

juggle::Task<> listen() {
    auto samples = juggle::merge(sensor("temperature", 35ms), sensor("pressure", 20ms));
    while (auto sample = co_await samples.next()) {
        std::printf("%s\n", sample->c_str());
    }
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(listen());
}

// prints:
// pressure 0
// temperature 0
// pressure 1
// pressure 2
// temperature 1
// temperature 2
