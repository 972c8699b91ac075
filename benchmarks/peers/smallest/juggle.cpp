#include <juggle/executor.hpp>
#include <juggle/task.hpp>
#include <juggle/yield.hpp>

#include <cstdio>

juggle::Task<> hello() {
    co_await juggle::yield();
    std::puts("hello");
}

int main() {
    juggle::Executor executor;
    executor.run(hello());
}
