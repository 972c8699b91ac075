// expect: ^[^ ]*await_of_foreign_coroutines_only.cpp:.*or only coroutines of its own library can
// await it
#include <juggle/juggle.hpp>

struct ForeignPromise {};

struct ForeignAwaiter {
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<ForeignPromise>) {}
    int await_resume() { return 1; }
};

juggle::Task<int> wait() { co_return co_await ForeignAwaiter{}; }
