// A resource goes from the task that fills it to the one that reads it: the order of their tickets.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <vector>

using Buffer = juggle::Resource<std::vector<int>>;

juggle::Task<> fill(Buffer::Allocation ticket) {
    std::vector<int>& buffer = co_await ticket.wait_events();
    co_await juggle::yield();
    buffer.push_back(42);
    ticket.ready();
}

juggle::Task<int> read(Buffer::Allocation ticket) {
    const std::vector<int>& buffer = co_await ticket.wait_events();
    const int value = buffer.empty() ? 0 : buffer.front();
    ticket.ready();
    co_return value;
}

juggle::Task<int> both(Buffer& buffer) {
    Buffer::Allocation first = buffer.acquire();
    Buffer::Allocation second = buffer.acquire();
    const auto [nothing, value] =
        co_await juggle::when_all(fill(std::move(first)), read(std::move(second)));
    co_return value;
}

int main() {
    Buffer buffer{"buffer", {}};
    juggle::Executor executor;
    const int value = executor.run(both(buffer));
    std::printf("core: the second task read %d\n", value);
    return value == 42 ? 0 : 1;
}
