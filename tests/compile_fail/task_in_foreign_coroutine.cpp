// expect: ^[^ ]*task_in_foreign_coroutine.cpp:.*only_a_juggle_Task_or_Generator_can_await_this
#include <juggle/juggle.hpp>

struct ForeignCoroutine {
    struct promise_type {
        ForeignCoroutine get_return_object() { return {}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
};

juggle::Task<int> work();

ForeignCoroutine coroutine() { (void)co_await work(); }
