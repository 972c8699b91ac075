#include "pipeline.hpp"
#include "support/cuda_device.hpp"

#include <juggle/resource_poisoned.hpp>

#include <latch>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

namespace jcu = juggle::cuda;
using support::error_code;
using support::exception_of;

namespace {

juggle::Task<> hold_for_host(jcu::ResourceAllocation<int> ticket) {
    co_await ticket.wait_events();
    ticket.ready();
}

juggle::Task<> hold_for_device(jcu::ResourceAllocation<int> ticket, CUstream stream) {
    co_await ticket.wait_device(stream);
    ticket.ready();
}

}  // namespace

CUDA_TEST_CASE("wait_events goes on when the events of the holder before have ended") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    auto first = co_await resource.acquire();
    const auto second = executor.spawn(hold_for_host(resource.acquire()));
    first.ready(gate.event);
    co_await support::a_few_turns();
    CHECK_FALSE(second.done());
    gate.open();
    co_await second;
}

CUDA_TEST_CASE("wait hands the events over without waiting for them") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    auto second = resource.acquire();
    const std::span<const jcu::Event> events = co_await second.wait();
    REQUIRE(events.size() == 1);
    CHECK(events.front() == gate.event);
    CHECK(events.front().status() == juggle::EventStatus::pending);
    second.ready();
    gate.open();
}

CUDA_TEST_CASE("wait_device makes the stream wait, and the host goes on") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    auto second = resource.acquire();
    co_await second.wait_device(stream);
    const jcu::Event after = jcu::record(stream);
    second.ready(after);
    co_await support::a_few_turns();
    CHECK(after.status() == juggle::EventStatus::pending);
    gate.open();
    co_await after;
}

CUDA_TEST_CASE("a failed event throws in every holder until somebody clears it") {
    support::CudaDevice healthy;
    CUstream stream = healthy.stream();
    jcu::Resource<int> resource{0};
    support::check_cu(cuCtxPushCurrent(device.context), "cuCtxPushCurrent");
    const support::Gate gate = device.gate();
    auto first = co_await resource.acquire();
    const auto host = executor.spawn(hold_for_host(resource.acquire()));
    const auto on_device = executor.spawn(hold_for_device(resource.acquire(), stream));
    first.ready(gate.event);
    co_await support::a_few_turns();
    device.fail(CUDA_ERROR_LAUNCH_TIMEOUT);
    const std::exception_ptr host_error = co_await exception_of(host);
    const std::exception_ptr device_error = co_await exception_of(on_device);
    CHECK(error_code(host_error) == CUDA_ERROR_LAUNCH_TIMEOUT);
    CHECK(error_code(device_error) == CUDA_ERROR_LAUNCH_TIMEOUT);
    resource.clear_poison();
    co_await hold_for_host(resource.acquire());
    co_await jcu::finish(stream);
    CUcontext popped = nullptr;
    support::check_cu(cuCtxPopCurrent(&popped), "cuCtxPopCurrent");
}

CUDA_TEST_CASE("an event that stands for nothing is refused where it is given") {
    jcu::Resource<int> resource{"counter", 0};
    auto holder = co_await resource.acquire();
    CHECK_THROWS_WITH(holder.track(jcu::Event{}),
                      Catch::Contains("null event") && Catch::Contains("'counter'"));
    CHECK_THROWS_AS(holder.ready(jcu::record(device.stream()), jcu::Event{}),
                    std::invalid_argument);
    CHECK(holder.held());
    holder.ready();
}

CUDA_TEST_CASE("a stop request while waiting for events passes them on") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    const auto second = executor.spawn(hold_for_host(resource.acquire()));
    co_await support::a_few_turns();
    second.request_stop();
    const std::exception_ptr error = co_await exception_of(second);
    CHECK(support::is<juggle::Cancelled>(error));
    auto third = resource.acquire();
    const std::span<const jcu::Event> events = co_await third.wait();
    CHECK(events.size() == 1);
    third.ready();
    gate.open();
}

TEST_CASE("host memory of a resource outlives the work that touches it") {
    for (const bool throws : {false, true}) {
        support::CudaDevice device;
        CUstream stream = device.stream();
        const support::DeviceBuffer buffer{1 << 16};
        const support::Gate gate{stream};
        std::latch holding{1};
        std::jthread opener{[&] {
            holding.wait();
            gate.open();
        }};
        support::Reports reports;
        juggle::Executor executor{reports.options()};
        const auto read_into = [&]() -> juggle::Task<> {
            jcu::Resource<jcu::PinnedBuffer<char>> memory{jcu::PinnedBuffer<char>{1 << 16}};
            auto ticket = memory.acquire();
            jcu::PinnedBuffer<char>& host = co_await ticket.wait_events();
            support::check_cu(cuMemcpyDtoHAsync(host.data(), buffer.address, host.size(), stream),
                              "cuMemcpyDtoHAsync");
            const jcu::Event read = jcu::record(stream);
            if (throws) {
                ticket.track(read);
                holding.count_down();
                throw std::runtime_error{"the holder failed"};
            }
            ticket.ready(read);
            holding.count_down();
        };
        if (throws) {
            CHECK_THROWS_WITH(executor.run(read_into()), "the holder failed");
        } else {
            executor.run(read_into());
        }
        CHECK(gate.is_open());
        CHECK(reports.empty());
    }
}

CUDA_TEST_CASE("buffers go round a pipeline of three streams without a race") {
    support::Pipeline pipeline{device, support::Gives::by_hand};
    co_await pipeline.run(100);
    CHECK(pipeline.chunks() == 100);
    CHECK(pipeline.wrong() == 0);
}
