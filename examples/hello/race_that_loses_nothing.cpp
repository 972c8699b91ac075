// A race takes from the channel that is first, and nothing from the other one.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <optional>
#include <variant>

using Channel = juggle::Channel<int>;

juggle::Task<> race(Channel& left, Channel& right) {
    const auto element = co_await juggle::when_any(left.pop(), right.pop());
    if (element.index() == 0) {
        std::printf("left won with its %d\n", *std::get<0>(element));
    } else {
        std::printf("right won with its %d\n", *std::get<1>(element));
    }
}

juggle::Task<> push_both(Channel& left, Channel& right) {
    co_await right.push(2);  // decides the race, although the loser gets an element at once
    co_await left.push(1);
}

juggle::Task<> program(Channel& left, Channel& right) {
    co_await juggle::when_all(race(left, right), push_both(left, right));
    const std::optional<int> kept = co_await left.pop();
    std::printf("left still has its %d\n", *kept);
    std::printf("right has %zu elements\n", right.size());
}

int main() {
    Channel left{1};
    Channel right{1};
    juggle::Executor executor;
    executor.run(program(left, right));
}

// prints:
// right won with its 2
// left still has its 1
// right has 0 elements
