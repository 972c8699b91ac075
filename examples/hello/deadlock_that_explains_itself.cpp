// A program that could only sleep forever throws instead, and says which task waits for what.
#include <juggle/juggle.hpp>

#include <cstdio>

juggle::Task<> fill(juggle::Channel<int>& numbers) {
    for (int number = 0; number < 3; ++number) {
        co_await numbers.push(number);  // the third one: nobody ever pops
    }
}

int main() {
    juggle::Channel<int> numbers{"numbers", 2};
    juggle::Executor executor;
    try {
        executor.run(fill(numbers));
    } catch (const juggle::Deadlock& deadlock) {
        std::puts(deadlock.what());
    }
}

// prints:
// juggle: deadlock: no task can go on, and nothing outside is to wake one ...
// 1 task, 1 waiting
// task 1 (fill), spawned at ...:16: waits for room in channel 'numbers' (2 of 2 elements)
//     at ...deadlock_that_explains_itself.cpp:8 in fill
