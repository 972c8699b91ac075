// A task's failure is looked at as a value, instead of being caught.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <stdexcept>

juggle::Task<int> read(bool works) {
    co_await juggle::yield();
    if (!works) {
        throw std::runtime_error{"broken"};
    }
    co_return 7;
}

juggle::Task<> program() {
    for (const bool works : {true, false}) {
        const juggle::Outcome<int> outcome = co_await juggle::as_outcome(read(works));
        std::printf("%d\n", outcome ? *outcome : -1);
    }
}

int main() {
    juggle::Executor executor;
    executor.run(program());
}

// prints:
// 7
// -1
