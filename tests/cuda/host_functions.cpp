// Host functions that the driver calls late, twice, early, never, or in another order.

#include "pipeline.hpp"
#include "support/cuda_device.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace jcu = juggle::cuda;
using namespace std::chrono_literals;
using support::await_event;

TEST_CASE("a pipeline goes on however the driver calls host functions") {
    for (const char* const way :
         {"drop", "delay:1", "double", "early", "reorder", "inline", "thread"}) {
        for (const jcu::Wake wake : {jcu::Wake::host_function, jcu::Wake::both}) {
            INFO(way << ", wake " << static_cast<int>(wake));
            support::CudaDevice device;
            support::Reports reports;
            support::Pipeline pipeline{device, support::Gives::by_hand};
            {
                juggle::Executor executor{reports.options()};
                jcu::set_event_options(executor, {.wake = wake, .first_sweep = 1ms});
                support::CudaDevice::rules(std::string{"cuLaunchHostFunc="} + way);
                executor.run(pipeline.run(10));
            }
            support::CudaDevice::rules("");
            CHECK(pipeline.chunks() == 10);
            CHECK(pipeline.wrong() == 0);
            CHECK(reports.empty());
            (void)juggle_cuda_simulation_deliver(0);  // too late, and of no use
        }
    }
}

TEST_CASE("a host function that comes after its executor has gone does nothing") {
    support::CudaDevice device;
    for (int newest_first = 0; newest_first < 2; ++newest_first) {
        CUstream stream = device.stream();
        std::vector<jcu::Event> events;
        {
            juggle::Executor executor;
            jcu::set_event_options(executor,
                                   {.wake = jcu::Wake::host_function, .first_sweep = 1ms});
            const support::Gate gate{stream};
            support::CudaDevice::rules("cuLaunchHostFunc=inline");
            for (int wait = 0; wait < 5; ++wait) {
                events.push_back(jcu::record(stream));
                executor.spawn(await_event(events.back())).detach();
            }
            (void)executor.poll();
            support::CudaDevice::rules("");
            gate.open();
            executor.run([](const jcu::Event& last) -> juggle::Task<> {
                co_await last;
                co_await support::a_few_turns();
            }(events.back()));
        }
        (void)juggle_cuda_simulation_deliver(newest_first);
        juggle::Executor next;  // uses the entries again
        next.run(await_event(jcu::record(stream)));
    }
}
