// In place of what Executor::run does between starting the task and taking its result.

#include "probe.hpp"

#include <juggle/bridge/idle_source.hpp>
#include <juggle/clock.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/executor.hpp>
#include <juggle/sleep.hpp>

#include <atomic>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <stop_token>
#include <thread>
#include <utility>

#include <malloc.h>
#include <unistd.h>

using juggle::Executor;
using juggle::detail::SpawnedTask;

// NOLINTBEGIN(misc-use-internal-linkage): the linker knows them by other names
void real_run_to_end(Executor* executor, SpawnedTask& task,
                     std::stop_token stop) __asm__("__real_" JUGGLE_RUN_TO_END);
void wrapped_run_to_end(Executor* executor, SpawnedTask& task,
                        std::stop_token stop) __asm__("__wrap_" JUGGLE_RUN_TO_END);
// NOLINTEND(misc-use-internal-linkage)

namespace probe {
namespace {

std::uint64_t resumed = 0;

// Without a stream, which would allocate.
std::uintmax_t resident_bytes() noexcept {
    char text[128] = {};
    std::FILE* const file = std::fopen("/proc/self/statm", "re");
    if (file != nullptr) {
        (void)std::setvbuf(file, nullptr, _IONBF, 0);
        (void)std::fgets(text, sizeof text, file);
        (void)std::fclose(file);
    }
    char* behind_total = nullptr;
    (void)std::strtoumax(text, &behind_total, 10);
    return std::strtoumax(behind_total, nullptr, 10) *
           static_cast<std::uintmax_t>(::sysconf(_SC_PAGESIZE));
}

// "soak <seconds> <resident bytes> <bytes of malloc> <blocks of new> <own allocations> <tasks>"
void log_memory(const Executor& executor, std::chrono::steady_clock::time_point start) {
    const auto passed = std::chrono::steady_clock::now() - start;
    const struct mallinfo2 heap = ::mallinfo2();
    log("soak %jd %ju %zu %ju %ju %zu\n",
        static_cast<std::intmax_t>(
            std::chrono::duration_cast<std::chrono::seconds>(passed).count()),
        resident_bytes(), heap.uordblks + heap.hblkhd, static_cast<std::uintmax_t>(blocks_in_use()),
        static_cast<std::uintmax_t>(own_allocations()),
        executor.running_tasks() - 1);  // without this one
}

juggle::Task<> watch_memory(Executor& executor, std::uint64_t seconds) {
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        co_await juggle::sleep_for(std::chrono::seconds{seconds});
        log_memory(executor, start);
    }
}

// One resumption at a time, until the task has ended or what was wanted has happened.
void step_through(Executor& executor, SpawnedTask& task, std::uint64_t stop_at,
                  std::uint64_t signal_at) {
    while (!task.ended()) {
        const std::size_t ran = executor.poll(1);
        resumed += ran;
        if (ran == 0) {
            if (executor.idle_source() != nullptr) {
                executor.idle_source()->sleep(juggle::TimePoint{});  // looks, as `poll` does not
            }
            std::this_thread::sleep_for(std::chrono::microseconds{20});  // the device is at work
        } else if (resumed == stop_at) {
            task.request_stop();
            log("stopped %ju\n", static_cast<std::uintmax_t>(resumed));
        } else if (resumed == signal_at) {
            log("signalled %ju\n", static_cast<std::uintmax_t>(resumed));
            (void)std::raise(SIGINT);
        }
    }
}

}  // namespace

std::uint64_t resumptions() noexcept { return resumed; }

}  // namespace probe

void wrapped_run_to_end(Executor* executor, SpawnedTask& task, std::stop_token stop) {
    const std::uint64_t stop_at = probe::wish("stop").which;
    const std::uint64_t signal_at = probe::wish("signal").which;
    if (const std::uint64_t seconds = probe::wish("soak").which; seconds != 0) {
        executor->spawn(probe::watch_memory(*executor, seconds)).detach();
    } else if (stop_at != 0 || signal_at != 0) {
        std::atomic<bool> under_way = false;
        {
            // As Executor::run does it: a request from elsewhere comes as a post.
            const std::stop_callback pass_on{stop, [&] {
                                                 under_way = true;
                                                 executor->post([&] {
                                                     task.request_stop();
                                                     under_way = false;
                                                 });
                                             }};
            probe::step_through(*executor, task, stop_at, signal_at);
        }
        while (under_way) {
            (void)executor->poll();
        }
    }
    real_run_to_end(executor, task, std::move(stop));
}
