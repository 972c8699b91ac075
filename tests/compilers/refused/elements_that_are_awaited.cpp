// expect: array used as initializer
#include <juggle/juggle.hpp>

#include <vector>

juggle::Task<int> number() { co_return 1; }
juggle::Task<std::size_t> asks() {
    const std::vector<int> numbers{co_await number(), co_await number()};
    co_return numbers.size();
}
