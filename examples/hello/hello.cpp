// Two tasks use one buffer in the order of their tickets, whichever of them is ready first.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<> fill(juggle::Resource<int>::Allocation ticket) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10});  // a slow disk
    co_await ticket.wait_events() = 42;                         // it has its turn,
    ticket.ready();                                             // and passes it on
}

juggle::Task<> print(juggle::Resource<int>::Allocation ticket) {
    std::printf("%d\n", co_await ticket.wait_events());  // waits until the buffer is filled
    ticket.ready();
}

int main() {
    juggle::Resource<int> buffer{0};
    juggle::Executor executor;
    executor.spawn(fill(buffer.acquire())).detach();
    executor.run(print(buffer.acquire()));
}

// prints:
// 42
