// Handles in a queue keep a limited number of jobs in flight, and give their results in order.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <deque>

juggle::Task<int> square(int number) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10 - number});  // the last are the fastest
    co_return number* number;
}

juggle::Task<> stream(juggle::Executor& executor) {
    std::deque<juggle::JoinHandle<int>> jobs;
    for (int number = 0; number < 6 || !jobs.empty();) {
        if (number < 6 && jobs.size() < 3) {
            jobs.push_back(executor.spawn(square(number++)));
        } else {
            std::printf("%d\n", co_await jobs.front());  // rethrows, if it has failed
            jobs.pop_front();
        }
    }
}

int main() {
    juggle::Executor executor;
    executor.run(stream(executor));
}

// prints:
// 0
// 1
// 4
// 9
// 16
// 25
