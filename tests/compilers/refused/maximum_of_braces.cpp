// expect: array used as initializer
#include <juggle/juggle.hpp>

#include <algorithm>

juggle::Task<> work(int) { co_return; }
juggle::Task<> asks(int left, int right) { co_await work(std::max({1, left, right})); }
