// Memory that runs out at any moment while events are awaited. The driver's own allocations go
// well, so what fails here are the library's.

#include "pipeline.hpp"
#include "program.hpp"
#include "support/allocation_counter.hpp"
#include "support/cuda_device.hpp"

#include <juggle/resource_poisoned.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <utility>

namespace jcu = juggle::cuda;
using support::FailingAllocations;
using support::is;

namespace {

bool is_consequence_of_no_memory(const std::exception_ptr& exception) {
    return is<std::bad_alloc>(exception) || is<juggle::ResourcePoisoned>(exception) ||
           support::error_code(exception) == CUDA_ERROR_OUT_OF_MEMORY;
}

/// True: there was such an allocation to fail.
bool run_with_failing_allocation(support::CudaDevice& device, jcu::Wake wake, support::Gives gives,
                                 std::uint64_t number) {
    INFO("allocation " << number);
    support::Pipeline pipeline{device, gives};
    bool all_consequences = true;
    juggle::ExecutorOptions options;
    options.on_unhandled_exception = [&](const juggle::UnhandledException& unhandled) {
        all_consequences = all_consequences && is_consequence_of_no_memory(unhandled.exception);
    };
    juggle::Executor executor{options};
    std::exception_ptr outcome;
    bool reached = false;
    {
        const support::DriverAllocations go_well;
        const FailingAllocations failing{number, FailingAllocations::Which::one};
        try {
            jcu::set_event_options(executor, {.wake = wake});
            executor.run(pipeline.run(3));
        } catch (...) {
            outcome = std::current_exception();
        }
        reached = FailingAllocations::reached();
    }
    INFO(support::text_of(outcome));
    CHECK((!outcome || is_consequence_of_no_memory(outcome)));
    CHECK(all_consequences);
    CHECK(pipeline.idle());
    CHECK(pipeline.wrong() == 0);
    CHECK(executor.running_tasks() == 0);
    pipeline.clear_poison();
    CHECK_NOTHROW(executor.run(pipeline.run(3)));
    return reached;
}

}  // namespace

TEST_CASE("an allocation that fails while events are awaited ends the program in order") {
    if (!support::sees_allocations()) {
        return;
    }
    support::for_each_wake_and_way([](jcu::Wake wake, support::Gives gives) {
        support::CudaDevice device;
        std::uint64_t number = 1;
        while (run_with_failing_allocation(device, wake, gives, number)) {
            ++number;
        }
        CHECK(number > 10);
    });
}

TEST_CASE("an allocation that fails anywhere in a program of everything frees nothing too early") {
    if (!support::sees_allocations()) {
        return;
    }
    for (const jcu::Wake wake : support::wakes) {
        std::uint64_t number = 1;
        for (bool reached = true; reached; ++number) {
            INFO("wake " << static_cast<int>(wake) << ", allocation " << number);
            std::atomic<int> gone_too_early{0};
            support::CudaDevice device;
            support::Reports reports;
            std::exception_ptr outcome;
            bool is_done = false;
            {
                juggle::Executor executor{reports.options()};
                jcu::set_event_options(executor, {.wake = wake});
                std::optional<support::Program> program{std::in_place, device, gone_too_early};
                {
                    const support::DriverAllocations go_well;
                    const FailingAllocations failing{number, FailingAllocations::Which::one};
                    try {
                        executor.run(program->run());
                    } catch (...) {
                        outcome = std::current_exception();
                    }
                    reached = FailingAllocations::reached();
                }
                is_done = program->is_done();
                executor.run([](std::optional<support::Program>& goes) -> juggle::Task<> {
                    goes.reset();
                    co_return;
                }(program));
            }
            INFO(support::text_of(outcome));
            CHECK((is_done || is_consequence_of_no_memory(outcome)));
            CHECK((outcome == nullptr || reached));
            CHECK(gone_too_early == 0);
            for (const juggle::UnhandledException& unhandled : reports.unhandled) {
                CHECK(is_consequence_of_no_memory(unhandled.exception));
            }
        }
        CHECK(number > 15);
    }
}
