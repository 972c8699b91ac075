// Each chunk goes to all consumers: they read one buffer side by side, without a copy.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;
using Buffers = juggle::ResourceRing<std::vector<int>>;
using Buffer = Buffers::Slot;

juggle::Task<> fill(Buffer::Allocation ticket, int chunk) {
    std::vector<int>& buffer = co_await ticket.wait_events();  // all have read what was in it
    std::printf("chunk %d is filled\n", chunk);
    buffer.assign(8, chunk);
    ticket.ready();
}

juggle::Task<> use(Buffer::SharedAllocation ticket, const char* consumer, juggle::Duration time) {
    const std::vector<int>& buffer = co_await ticket.wait_events();
    co_await juggle::sleep_for(time);
    std::printf("%s has used chunk %d\n", consumer, buffer.front());
    ticket.ready();
}

juggle::Task<> stream() {
    Buffers buffers{"buffer", 2, [](std::size_t) { return std::vector<int>(8); }};
    juggle::JobQueue jobs{6};
    for (int chunk = 0; chunk < 3; ++chunk) {
        Buffer& buffer = buffers.next();
        co_await jobs.push(fill(buffer.acquire(), chunk));
        co_await jobs.push(use(buffer.acquire_shared(), "screen", 10ms));
        co_await jobs.push(use(buffer.acquire_shared(), "disk", 25ms));
    }
    co_await jobs.finish();
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(stream());
}

// prints:
// chunk 0 is filled
// chunk 1 is filled
// screen has used chunk 0
// screen has used chunk 1
// disk has used chunk 0
// disk has used chunk 1
// chunk 2 is filled
// screen has used chunk 2
// disk has used chunk 2
