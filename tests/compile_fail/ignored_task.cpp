// expect: a task does nothing until it is awaited, run or spawned
#include <juggle/juggle.hpp>

juggle::Task<> work();

void forget() { work(); }
