// expect: deleted.*Task<>
#include <juggle/juggle.hpp>

juggle::Task<> copy(const juggle::Task<>& task) { return task; }
