// expect: ^[^ ]*await_of_no_awaitable_in_generator.cpp:.*a juggle coroutine cannot await this
#include <juggle/juggle.hpp>

struct Plain {};

juggle::Generator<int> numbers() {
    co_await Plain{};
    co_yield 1;
}
