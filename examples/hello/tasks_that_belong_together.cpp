// Tasks are started one by one as they come, and none is left running when their group is done.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

juggle::Task<> serve(int client) {
    co_await juggle::sleep_for(std::chrono::milliseconds{10 * (4 - client)});
    std::printf("client %d\n", client);
}

juggle::Task<int> accept_all(juggle::TaskGroup& group) {
    int clients = 0;
    while (clients < 3) {
        group.spawn(serve(++clients));
        co_await juggle::yield();
    }
    co_return clients;
}

juggle::Task<> program() {
    const int clients = co_await juggle::with_task_group(accept_all);
    std::printf("%d clients served\n", clients);
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(program());
}

// prints:
// client 3
// client 2
// client 1
// 3 clients served
