// The program of the projects beside it, which show the ways in which one can use the library.
#include <juggle/juggle.hpp>

#include <cstdio>

juggle::Task<> count(juggle::Resource<int>::Allocation ticket) {
    int& value = co_await ticket.wait_events();
    std::printf("turn %d\n", ++value);
    ticket.ready();
}

int main() {
    juggle::Resource<int> buffer{0};
    juggle::Executor executor;
    executor.spawn(count(buffer.acquire())).detach();
    executor.run(count(buffer.acquire()));
}
