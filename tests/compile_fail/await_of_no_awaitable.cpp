// expect: ^[^ ]*await_of_no_awaitable.cpp:.*a juggle coroutine cannot await this: it is no
// awaitable
#include <juggle/juggle.hpp>

int answer();

juggle::Task<int> ask() {
    const int number = co_await answer();
    co_return number;
}
