// expect: no matching( member)? function for call to .*wait_device
#include <juggle/juggle.hpp>

juggle::Task<> wait(juggle::ResourceAllocation<int>& allocation) {
    int no_queue = 0;
    co_await allocation.wait_device(no_queue);
}
