// expect: array used as initializer
#include <juggle/juggle.hpp>

#include <vector>

juggle::Task<> work(std::vector<int>) { co_return; }
juggle::Task<> asks() { co_await work({1, 2}); }
