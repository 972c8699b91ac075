#include "library.hpp"

#include "raise.hpp"

namespace library {

juggle::Executor* current_executor() { return juggle::Executor::current(); }

const void* address_of_current_loop() { return &juggle::detail::current_loop; }

juggle::Task<int> number(int value) {
    co_await juggle::yield();
    co_return value;
}

juggle::Task<> wait_twice(juggle::Semaphore& semaphore) {
    auto first = co_await semaphore.acquire();
    auto second = co_await semaphore.acquire();
}

void raise(Kind kind) { raise_here(kind); }

const char* name_of_caught(void (*throws)(Kind), Kind kind) {
    return name_of_caught_here(throws, kind);
}

}  // namespace library
