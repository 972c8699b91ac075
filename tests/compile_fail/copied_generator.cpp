// expect: deleted.*Generator<int>
#include <juggle/juggle.hpp>

juggle::Generator<int> copy(const juggle::Generator<int>& generator) { return generator; }
