// A channel hands values from task to task, and slows the producer down to the consumers' pace.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <optional>

using Numbers = juggle::Channel<int>;

juggle::Task<> count(Numbers& numbers, Numbers& squares) {
    for (int number = 1; number <= 5; ++number) {
        co_await numbers.push(number);  // waits while two are under way
    }
    numbers.close();
    co_await numbers.join();  // until all squares have been pushed
    squares.close();
}

juggle::Task<> square(Numbers& numbers, Numbers& squares) {
    while (const std::optional<int> number = co_await numbers.pop()) {
        co_await squares.push(*number * *number);
        numbers.task_done();
    }
}

juggle::Task<> sum(Numbers& squares) {
    int total = 0;
    while (const std::optional<int> number = co_await squares.pop()) {
        total += *number;
    }
    std::printf("%d\n", total);
}

juggle::Task<> program() {
    Numbers numbers{2};
    Numbers squares{2};
    // Waits for all of them however it ends, so none outlives the channels.
    co_await juggle::when_all(count(numbers, squares), square(numbers, squares),
                              square(numbers, squares), sum(squares));
}

int main() {
    juggle::Executor executor;
    executor.run(program());
}

// prints:
// 55
