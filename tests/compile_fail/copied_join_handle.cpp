// expect: deleted.*JoinHandle<int>
#include <juggle/juggle.hpp>

juggle::JoinHandle<int> copy(const juggle::JoinHandle<int>& handle) { return handle; }
