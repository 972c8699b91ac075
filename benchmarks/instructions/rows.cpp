// Does one operation so many times: scripts/count-instructions runs it twice under callgrind, and
// the difference is what the operations cost. With --time it says how long they took.

#include <juggle/channel.hpp>
#include <juggle/executor.hpp>
#include <juggle/resource.hpp>
#include <juggle/semaphore.hpp>
#include <juggle/task.hpp>
#include <juggle/when_all.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

namespace {

using juggle::Executor;
using juggle::Task;
using Resource = juggle::Resource<int>;

/// Results go here, so that none is left out.
volatile int sink = 0;

Task<> uncontended(Executor&, long count) {
    Resource resource{0};
    for (long done = 0; done < count; ++done) {
        auto allocation = resource.acquire();
        ++co_await allocation.wait_events();
        allocation.ready();
    }
}

/// The short form: it gives the allocation.
Task<> acquired(Executor&, long count) {
    Resource resource{0};
    for (long done = 0; done < count; ++done) {
        auto allocation = co_await resource.acquire();
        ++*allocation;
        allocation.ready();
    }
}

/// As if it were in another file: compilers make little of one that they see.
[[gnu::noinline]] Task<int> child_of(int value) { co_return value; }

Task<> child(Executor&, long count) {
    for (long done = 0; done < count; ++done) {
        sink = co_await child_of(1);
    }
}

Task<> two_children(Executor&, long count) {
    for (long done = 0; done < count; ++done) {
        const auto [left, right] = co_await juggle::when_all(child_of(1), child_of(2));
        sink = left + right;
    }
}

Task<> permits(Executor&, long count) {
    juggle::Semaphore semaphore{2};
    for (long done = 0; done < count; ++done) {
        const auto permit = co_await semaphore.acquire();
    }
}

Task<> use_once(Resource& resource) {
    auto allocation = resource.acquire();
    ++co_await allocation.wait_events();
    allocation.ready();
}

/// A thousand tasks that stand in line for a resource that is held: one is one operation.
Task<> handoff(Executor& executor, long count) {
    constexpr long tasks = 1'000;
    Resource resource{0};
    for (long done = 0; done < count; done += tasks) {
        auto gate = co_await resource.acquire();
        for (long task = 0; task < tasks; ++task) {
            executor.spawn(use_once(resource)).detach();
        }
        co_await juggle::yield();  // now all of them wait
        gate.ready();
        (co_await resource.acquire()).ready();  // behind the last of them
    }
}

Task<> yields(Executor&, long count) {
    for (long done = 0; done < count; ++done) {
        co_await juggle::yield();
    }
}

Task<> push_all(juggle::Channel<int>& channel, long count) {
    for (long done = 0; done < count; ++done) {
        co_await channel.push(1);
    }
    channel.close();
}

/// From one task to another: each goes on until the channel is full, or empty.
Task<> stream(Executor& executor, long count) {
    juggle::Channel<int> channel{64};
    executor.spawn(push_all(channel, count)).detach();
    int sum = 0;
    while (const auto element = co_await channel.pop()) {
        sum += *element;
    }
    sink = sum;
}

struct Row {
    std::string_view name;
    Task<> (*run)(Executor&, long);
};

constexpr Row rows[] = {
    {"uncontended", uncontended},
    {"acquired", acquired},
    {"when_all", two_children},
    {"child", child},
    {"semaphore", permits},
    {"handoff", handoff},
    {"yield", yields},
    {"channel", stream},
};

double nanoseconds_of(const Row& row, long count) {
    using Clock = std::chrono::steady_clock;
    Executor executor;
    executor.run(row.run(executor, count / 10 + 1));
    constexpr int repetitions = 15;
    std::vector<double> times;
    for (int repetition = 0; repetition < repetitions; ++repetition) {
        const Clock::time_point start = Clock::now();
        executor.run(row.run(executor, count));
        const std::chrono::duration<double, std::nano> time = Clock::now() - start;
        times.push_back(time.count() / static_cast<double>(count));
    }
    std::ranges::nth_element(times, times.begin() + repetitions / 2);
    return times[repetitions / 2];
}

int usage() {
    std::fputs("usage: rows ROW COUNT [--time]\nrows:", stderr);
    for (const Row& row : rows) {
        std::fprintf(stderr, " %.*s", static_cast<int>(row.name.size()), row.name.data());
    }
    std::fputs("\n", stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const bool timed = argc == 4 && std::string_view{argv[3]} == "--time";
        const long count = argc < 3 ? 0 : std::strtol(argv[2], nullptr, 10);
        if (count <= 0 || (argc != 3 && !timed)) {
            return usage();
        }
        const auto* row = std::ranges::find(rows, std::string_view{argv[1]}, &Row::name);
        if (row == std::end(rows)) {
            return usage();
        }
        if (timed) {
            std::printf("%.2f\n", nanoseconds_of(*row, count));
        } else {
            Executor executor;
            executor.run(row->run(executor, count));
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rows: %s\n", error.what());
        return 1;
    }
}
