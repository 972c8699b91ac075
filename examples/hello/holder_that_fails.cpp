// When a task fails while it holds a resource, the next one learns why, and can repair the value.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>

juggle::Task<> write_half(juggle::Resource<int>& table) {
    auto ticket = co_await table.acquire();
    *ticket = 1;
    throw std::runtime_error{"disk full"};
}

juggle::Task<> read(juggle::Resource<int>& table) {
    auto ticket = co_await table.acquire();
    std::printf("read %d\n", *ticket);
    ticket.ready();
}

juggle::Task<> program(juggle::Resource<int>& table) {
    (void)co_await juggle::as_outcome(write_half(table));  // it is known that this fails
    try {
        co_await read(table);
    } catch (const juggle::ResourcePoisoned& poisoned) {
        std::puts(poisoned.what());
        try {
            std::rethrow_if_nested(poisoned);
        } catch (const std::runtime_error& cause) {
            std::puts(cause.what());
        }
    }
    table.clear_poison();
    auto ticket = co_await table.acquire();
    *ticket = 0;
    ticket.ready();
    co_await read(table);
}

int main() {
    juggle::Resource<int> table{"table", 0};
    juggle::Executor executor;
    executor.run(program(table));
}

// prints:
// juggle: resource 'table' is poisoned: its holder, acquired at ...:9, failed
// disk full
// read 0
