// A stop request comes after each step of a pipeline.

#include "pipeline.hpp"
#include "program.hpp"
#include "support/cuda_device.hpp"

#include <juggle/cancelled.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace jcu = juggle::cuda;

TEST_CASE("a stop request at each step ends the waits, and no work") {
    support::for_each_wake_and_way([](jcu::Wake wake, support::Gives gives) {
        support::CudaDevice device;
        support::Pipeline pipeline{device, gives};
        int stopped = 0;
        bool reached = true;
        for (int step = 0; reached; ++step) {
            INFO("stopped after " << step << " steps");
            support::Reports reports;
            juggle::Executor executor{reports.options()};
            jcu::set_event_options(executor, {.wake = wake});
            const auto task = executor.spawn(pipeline.run(3));
            // The streams stand still while there is something else to do.
            juggle_cuda_simulation_manual(1);
            for (int done = 0; done < step && !task.done(); ++done) {
                if (executor.poll(1) == 0) {
                    (void)juggle_cuda_simulation_settle(static_cast<unsigned>(step));
                }
            }
            reached = !task.done();
            task.request_stop();
            juggle_cuda_simulation_manual(0);
            std::exception_ptr error;
            executor.run([](const juggle::JoinHandle<>& handle,
                            std::exception_ptr& outcome) -> juggle::Task<> {
                outcome = co_await support::exception_of(handle);
            }(task, error));
            CHECK((error == nullptr || support::is<juggle::Cancelled>(error)));
            stopped += error != nullptr;
            CHECK(executor.running_tasks() == 0);
            CHECK(pipeline.idle());
            CHECK(pipeline.wrong() == 0);
            CHECK(reports.unhandled.empty());
            pipeline.clear_poison();
        }
        CHECK(stopped > 10);
    });
}

TEST_CASE("a stop request at each step of a program of everything frees nothing too early") {
    for (const jcu::Wake wake : support::wakes) {
        int stopped = 0;
        bool reached = true;
        for (int step = 0; reached; ++step) {
            INFO("wake " << static_cast<int>(wake) << ", stopped after " << step << " steps");
            std::atomic<int> gone_too_early{0};
            support::CudaDevice device;
            support::Reports reports;
            std::exception_ptr error;
            bool is_done = false;
            {
                juggle::Executor executor{reports.options()};
                jcu::set_event_options(executor, {.wake = wake});
                std::optional<support::Program> program{std::in_place, device, gone_too_early};
                const auto task = executor.spawn(program->run());
                for (int done = 0; done < step && !task.done(); ++done) {
                    while (executor.poll(1) == 0 && !task.done()) {}
                }
                reached = !task.done();
                task.request_stop();
                executor.run([](const juggle::JoinHandle<>& handle,
                                std::exception_ptr& outcome) -> juggle::Task<> {
                    outcome = co_await support::exception_of(handle);
                }(task, error));
                is_done = program->is_done();
                executor.run([](std::optional<support::Program>& goes) -> juggle::Task<> {
                    goes.reset();
                    co_return;
                }(program));
            }
            CHECK((error == nullptr ? is_done : support::is<juggle::Cancelled>(error)));
            stopped += error != nullptr;
            CHECK(gone_too_early == 0);
            CHECK(reports.empty());
        }
        CHECK(stopped > 10);
    }
}
