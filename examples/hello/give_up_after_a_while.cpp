// A wait that lasts too long is given up.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<> wait_for_work(juggle::AsyncEvent& work) {
    try {
        co_await juggle::timeout(std::chrono::milliseconds{20}, work.wait());
    } catch (const juggle::TimedOut&) {
        std::puts("nothing to do");
    }
}

int main() {
    juggle::AsyncEvent work;
    juggle::Executor executor;
    executor.run(wait_for_work(work));
}

// prints:
// nothing to do
