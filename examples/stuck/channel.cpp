#include "programs.hpp"

#include <juggle/juggle.hpp>

namespace stuck {

namespace {

// [channel]
juggle::Task<> produce(juggle::Channel<int>& numbers) {
    for (int number = 0; number < 10; ++number) {
        co_await numbers.push(number);
    }
    numbers.close();
}
// [/channel]

}  // namespace

juggle::Task<> channel() {
    juggle::Channel<int> numbers{"numbers", 8};
    co_await produce(numbers);  // and only then somebody would pop
    while (true) {
        const auto number = co_await numbers.pop();
        if (!number) {
            break;
        }
    }
}

}  // namespace stuck
