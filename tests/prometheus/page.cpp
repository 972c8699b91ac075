// Writes a page of metrics, for page_test.py to read: what a little run has done whose names are as
// awkward as they can be, and another executor's.

#include <juggle/juggle.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <vector>

namespace {

using juggle::Task;
using namespace std::chrono_literals;

constexpr const char* awkward = "a \"name\" with \\ and\na second line, {x=\"1\"} #";

Task<> feed(juggle::Channel<int>& channel) {
    for (int element = 0; element < 5; ++element) {
        co_await channel.push(element);
    }
    channel.close();
}

Task<> use(juggle::Channel<int>& channel, juggle::Semaphore& semaphore,
           juggle::Resource<int>& resource) {
    while (true) {
        const std::optional<int> element = co_await channel.pop();
        if (!element) {
            break;
        }
        const juggle::SemaphorePermit permit = co_await semaphore.acquire(2);
        (void)co_await resource.use([](int& value) { return ++value; });
        co_await juggle::sleep_for(500ms);
    }
}

}  // namespace

int main() {
    juggle::ManualClock clock;
    juggle::Executor executor{{.clock = &clock, .metrics = true}};
    juggle::Channel<int> channel{awkward, 2};
    juggle::Semaphore semaphore{"cores", 3};
    juggle::Resource<int> resource{"accumulator", 0};
    juggle::Metrics busy;
    const auto main = [&]() -> Task<> {
        co_await juggle::when_all(feed(channel), use(channel, semaphore, resource));
        busy = juggle::Executor::current()->metrics();
    };
    executor.run(main());
    busy.executor = "busy";

    juggle::Executor other;
    juggle::Metrics idle = other.metrics();
    idle.executor = "back\\slash";
    juggle::write_prometheus(std::cout, std::vector{busy, idle});
}
