// A program of two files that are compiled in different ways.
#include "mixed.hpp"

juggle::Task<> push_three(juggle::Resource<int>& resource, juggle::Channel<int>& channel) {
    for (int element = 1; element <= 3; ++element) {
        co_await channel.push(element);
    }
    channel.close();
    juggle::Resource<int>::Allocation ticket = resource.acquire();
    co_await ticket.wait_events();
    ticket.ready();
}

juggle::Task<int> use_both() {
    juggle::Resource<int> resource{10};
    juggle::Channel<int> channel{1};
    const auto [sum, nothing] =
        co_await juggle::when_all(sum_of(resource, channel), push_three(resource, channel));
    co_return sum;
}

int main() {
    juggle::Executor executor;
    return executor.run(use_both()) == 16 && sizes_of_tasks() == sizes_here ? 0 : 1;
}
