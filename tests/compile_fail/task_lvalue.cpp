// expect: ^[^ ]*task_lvalue.cpp:.*this can be awaited once only, as an rvalue that is not const:
// co_await
#include <juggle/juggle.hpp>

juggle::Task<> wait_for(juggle::Task<>& task) {
    co_await task;  // without std::move
}
