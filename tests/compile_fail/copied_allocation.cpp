// expect: deleted.*ResourceAllocation<int>
#include <juggle/juggle.hpp>

juggle::ResourceAllocation<int> copy(const juggle::ResourceAllocation<int>& allocation) {
    return allocation;
}
