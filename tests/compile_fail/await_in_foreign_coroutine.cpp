// expect: LibraryPromise
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

ForeignCoroutine coroutine() { co_await juggle::yield(); }
