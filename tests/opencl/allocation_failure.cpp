// Memory that runs out at any moment while a driver's events are awaited. The driver itself takes
// its memory elsewhere, so what fails here are the library's allocations.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>
#include <juggle/timeout.hpp>
#include <juggle/when_all.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <thread>
#include <vector>

namespace jcl = juggle::opencl;

using support::FailingAllocations;
using support::is;

namespace {

/// A buffer that goes round, and events that open by themselves when nobody has anything to do.
struct Setting {
    explicit Setting(const support::Device& device)
        : queue{device.queue()}, buffer{device.buffer(64)} {
        for (int count = 0; count < 4; ++count) {
            gates.push_back(device.gate());
        }
    }
    ~Setting() { open(); }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;

    void open() {
        for (cl::UserEvent& gate : gates) {
            if (support::status_of(gate) > CL_COMPLETE) {
                gate.setStatus(CL_COMPLETE);
            }
        }
    }

    cl::CommandQueue queue;
    jcl::Resource<cl::Buffer> buffer;
    std::vector<cl::UserEvent> gates;
};

juggle::Task<> open_later(Setting& setting) {
    co_await juggle::yield();
    co_await juggle::yield();
    setting.open();
}

juggle::Task<> wait_for_gates(Setting& setting) {
    const std::vector<cl::Event> events{setting.gates.begin(), setting.gates.end()};
    co_await jcl::wait_for_events(events);
    co_await setting.gates[1];
    try {
        co_await juggle::timeout(std::chrono::nanoseconds{0}, setting.gates[0]);
    } catch (const juggle::TimedOut&) {}
}

juggle::Task<> use_buffer(Setting& setting) {
    auto ticket = setting.buffer.acquire();
    co_await ticket.wait_device(setting.queue);
    const cl::Event done = jcl::marker(setting.queue);
    ticket.track(done);
    co_await done;
    ticket.ready(setting.gates[2], setting.gates[3]);
}

juggle::Task<> enqueue_through(Setting& setting) {
    auto ticket = setting.buffer.acquire();
    const cl::Event done = co_await jcl::enqueue(
        setting.queue, ticket, setting.gates[3], [&](jcl::Commands& commands) {
            for (int command = 0; command < 2; ++command) {
                support::check_cl(
                    setting.queue.enqueueMarkerWithWaitList(commands.wait_list(), commands.event()),
                    "clEnqueueMarkerWithWaitList");
            }
        });
    co_await done;
    ticket.ready();
}

juggle::Task<> use_on_host(Setting& setting) {
    auto ticket = setting.buffer.acquire();
    co_await ticket.wait_events();
    ticket.ready();
    co_await jcl::finish(setting.queue);
}

juggle::Task<> program(Setting& setting) {
    co_await juggle::when_all(wait_for_gates(setting), use_buffer(setting),
                              enqueue_through(setting), use_on_host(setting), open_later(setting));
}

bool is_consequence(const std::exception_ptr& exception) {
    return is<std::bad_alloc>(exception) || is<juggle::ResourcePoisoned>(exception) ||
           support::error_status(exception) == CL_OUT_OF_HOST_MEMORY;
}

/// True: there was such an allocation to fail.
bool run_with_failure(const support::Device& device, std::uint64_t number) {
    INFO("allocation " << number);
    Setting setting{device};
    bool all_consequences = true;
    juggle::ExecutorOptions options;
    options.on_unhandled_exception = [&](const juggle::UnhandledException& unhandled) {
        all_consequences = all_consequences && is_consequence(unhandled.exception);
    };
    juggle::Executor executor{options};
    std::exception_ptr outcome;
    bool reached = false;
    {
        const FailingAllocations failing{number, FailingAllocations::Which::one};
        try {
            executor.run(program(setting));
        } catch (...) {
            outcome = std::current_exception();
        }
        reached = FailingAllocations::reached();
    }
    INFO(support::text_of(outcome));
    CHECK((!outcome || is_consequence(outcome)));
    CHECK((reached || !outcome));
    CHECK(all_consequences);
    CHECK(setting.buffer.idle());
    CHECK(executor.running_tasks() == 0);
    setting.open();
    setting.buffer.clear_poison();
    CHECK_NOTHROW(executor.run(program(setting)));
    ++support::cases;
    return reached;
}

}  // namespace

TEST_CASE("an allocation that fails while events are awaited ends the program in order") {
    if (!support::sees_allocations()) {
        return;
    }
    const support::Device device;
    std::uint64_t number = 1;
    while (run_with_failure(device, number)) {
        ++number;
    }
    // A fast device is not waited for: how many there are in a run is not the same each time.
    constexpr std::uint64_t in_every_run = 10;
    CHECK(number > in_every_run);
    // A driver's thread holds the executor's inbox a moment longer than it takes to post: only the
    // least of a few counts is sure to have none of those.
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    for (int run = 0; run < 8; ++run) {
        CHECK_FALSE(run_with_failure(device, std::numeric_limits<std::uint64_t>::max()));
        for (int look = 0; look < 200; ++look) {
            before = std::min(before, support::living_allocations());
            std::this_thread::yield();
        }
    }
    while (--number != 0) {
        const bool reached = run_with_failure(device, number);
        CHECK((reached || number > in_every_run));
    }
    // What is lost is never given back.
    while (support::living_allocations() > before) {
        std::this_thread::yield();
    }
    CHECK(support::living_allocations() == before);
}

TEST_CASE("memory that runs out between two events of a list fails that wait, and no other") {
    if (!support::sees_allocations()) {
        return;
    }
    const support::Device device;
    support::Reports reports;
    juggle::Executor executor{reports.options()};
    // A sweep that is first takes a turn that is not one of `poll`'s steps.
    constexpr std::chrono::hours never{1};
    jcl::set_event_options(executor, {.first_sweep = never, .longest_sweep = never});
    const auto wait_for_both = [](cl::Event first, cl::Event second,
                                  std::exception_ptr& error) -> juggle::Task<> {
        error = co_await support::exception_of(jcl::wait_for_events(first, second));
    };
    // Drivers may call back on a thread of their own, some time later.
    const auto settle = [&executor](std::size_t left) {
        while (executor.poll() != 0 || executor.running_tasks() > left) {}
    };
    // The library makes room for 256 events at a time: with one wait more each time, the second
    // event of a list finds no room sooner or later.
    std::vector<cl::UserEvent> others;
    bool reached = false;
    for (int round = 0; round < 256 && !reached; ++round) {
        others.push_back(device.gate());
        executor.spawn(support::await_event(others.back())).detach();
        std::array<cl::UserEvent, 2> pair{device.gate(), device.gate()};
        std::exception_ptr error;
        executor.spawn(wait_for_both(pair[0], pair[1], error)).detach();
        settle(others.size() + 1);
        pair[0].setStatus(CL_COMPLETE);
        {
            const FailingAllocations failing{1, FailingAllocations::Which::one};
            while (executor.poll(1) == 0) {}
            reached = FailingAllocations::reached();
        }
        pair[1].setStatus(CL_COMPLETE);
        settle(others.size());
        CHECK(support::error_status(error) == (reached ? CL_OUT_OF_HOST_MEMORY : CL_SUCCESS));
        CHECK(executor.running_tasks() == others.size());
    }
    CHECK(reached);
    for (cl::UserEvent& gate : others) {
        gate.setStatus(CL_COMPLETE);
    }
    settle(0);
    CHECK(executor.running_tasks() == 0);
    CHECK(reports.empty());
}
