// A resource that no device touches: a fair mutex around a value.

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <span>
#include <type_traits>

using juggle::NoEvent;
using juggle::Resource;
using juggle::ResourceAllocation;

static_assert(!std::is_default_constructible_v<NoEvent>);
static_assert(juggle::DeviceEvent<NoEvent>);
static_assert(std::is_same_v<Resource<int>, Resource<int, NoEvent>>);
static_assert(std::is_same_v<ResourceAllocation<int>, ResourceAllocation<int, NoEvent>>);

CO_TEST_CASE("there are no events to wait for, ever") {
    Resource<int> resource{0};
    for (int round = 0; round < 3; ++round) {
        ResourceAllocation<int> mine = resource.acquire();
        const std::span<const NoEvent> events = co_await mine.wait();
        CHECK(events.empty());
        int& value = co_await mine.wait_events();
        ++value;
        mine.ready();
    }
    ResourceAllocation<int> last = co_await resource.acquire();
    CHECK(*last == 3);
    last.ready(std::span<const NoEvent>{});
}
