// A resource goes back and forth between two tasks: one fills it, the other empties it.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <vector>

using Buffer = juggle::Resource<std::vector<int>>;

juggle::Task<> fill(Buffer::Allocation ticket, int chunk) {
    std::vector<int>& buffer = co_await ticket.wait_events();
    buffer.push_back(10 * chunk);
    co_await juggle::yield();  // no other task gets at the buffer meanwhile
    buffer.push_back(10 * chunk + 1);
    ticket.ready();
}

juggle::Task<> empty(Buffer::Allocation ticket) {
    std::vector<int>& buffer = co_await ticket.wait_events();
    std::printf("%d and %d\n", buffer.at(0), buffer.at(1));
    buffer.clear();
    ticket.ready();
}

juggle::Task<> stream(Buffer& buffer) {
    juggle::JobQueue jobs{4};
    for (int chunk = 1; chunk <= 3; ++chunk) {  // the tickets fix the order here
        co_await jobs.push(fill(buffer.acquire(), chunk));
        co_await jobs.push(empty(buffer.acquire()));
    }
    co_await jobs.finish();
    const bool nothing_left = co_await buffer.use([](auto& numbers) { return numbers.empty(); });
    std::puts(nothing_left ? "empty" : "not empty");
}

int main() {
    Buffer buffer{"buffer", {}};
    juggle::Executor executor;
    executor.run(stream(buffer));
}

// prints:
// 10 and 11
// 20 and 21
// 30 and 31
// empty
