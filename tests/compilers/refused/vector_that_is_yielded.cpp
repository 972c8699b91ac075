// expect: array used as initializer
#include <juggle/juggle.hpp>

#include <vector>

juggle::Generator<std::vector<int>> yields() { co_yield {1, 2}; }
