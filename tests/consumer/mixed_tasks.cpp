#include "mixed.hpp"

Sizes sizes_of_tasks() noexcept { return sizes_here; }

juggle::Task<int> sum_of(juggle::Resource<int>& resource, juggle::Channel<int>& channel) {
    juggle::Resource<int>::Allocation ticket = resource.acquire();
    int sum = co_await ticket.wait_events();
    while (const auto element = co_await channel.pop()) {
        sum += *element;
    }
    ticket.ready();
    co_return sum;
}
