// Two buffers are used in turn: while one is copied, the next chunk is filled into the other.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

using Buffers = juggle::ResourceRing<std::vector<int>>;

juggle::Task<> process(Buffers::Allocation ticket, int number) {
    std::vector<int>& buffer = co_await ticket.wait_events();
    std::printf("%d is filled\n", number);
    buffer.assign(8, number);
    co_await juggle::sleep_for(std::chrono::milliseconds{10});  // a copy to the device, say
    std::printf("%d is copied\n", buffer.front());
    ticket.ready();
}

juggle::Task<> stream() {
    Buffers buffers{"buffer", 2, [](std::size_t) { return std::vector<int>(8); }};
    juggle::JobQueue jobs{4};
    for (int number = 0; number < 4; ++number) {
        co_await jobs.push(process(buffers.acquire(), number));
    }
    co_await jobs.finish();
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(stream());
}

// prints:
// 0 is filled
// 1 is filled
// 0 is copied
// 1 is copied
// 2 is filled
// 3 is filled
// 2 is copied
// 3 is copied
