// The works with juggle.

#include "../waker.hpp"
#include "work.hpp"

#include <juggle/channel.hpp>
#include <juggle/config.hpp>
#include <juggle/executor.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/resource.hpp>
#include <juggle/sleep.hpp>
#include <juggle/task.hpp>
#include <juggle/timeout.hpp>
#include <juggle/when_all.hpp>
#include <juggle/when_any.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <thread>

namespace {

using juggle::Executor;
using juggle::Task;
using peers::check_equal;
using Resource = juggle::Resource<long>;

/// Runs a work that is a coroutine.
template <Task<> (*work)(Executor&, long)>
double in_executor(long count) {
    Executor executor;
    executor.run(work(executor, count));
    return 0;
}

Task<> check_value(Resource& resource, long should_be) {
    auto ticket = co_await resource.acquire();
    check_equal("value", *ticket, should_be);
    ticket.ready();
}

Task<> lock(Executor&, long count) {
    Resource resource{0};
    for (long done = 0; done < count; ++done) {
        auto ticket = resource.acquire();
        ++co_await ticket.wait_events();
        ticket.ready();
    }
    co_await check_value(resource, count);
}

Task<> enter(Resource& resource, peers::Order& order, long place) {
    auto ticket = resource.acquire();
    ++co_await ticket.wait_events();
    order.enter(place);
    ticket.ready();
}

Task<> handoff(Executor& executor, long count) {
    Resource resource{0};
    for (long done = 0; done < count; done += peers::in_line) {
        peers::Order order;
        auto gate = co_await resource.acquire();
        for (long place = 0; place < peers::in_line; ++place) {
            executor.spawn(enter(resource, order, place)).detach();
        }
        co_await juggle::yield();  // now all of them wait
        gate.ready();
        (co_await resource.acquire()).ready();  // behind the last of them
        check_equal("tasks", order.entered(), peers::in_line);
    }
}

Task<> use_for_a_turn(juggle::ResourceAllocation<long> ticket) {
    ++co_await ticket.wait_events();
    co_await juggle::yield();
    ticket.ready();
}

Task<> job_queue(Executor&, long count) {
    Resource resource{0};
    juggle::JobQueue jobs{peers::jobs_in_flight};
    for (long done = 0; done < count; ++done) {
        co_await jobs.push(use_for_a_turn(resource.acquire()));
    }
    co_await jobs.finish();
    co_await check_value(resource, count);
}

Task<> yields(Executor&, long count) {
    for (long done = 0; done < count; ++done) {
        co_await juggle::yield();
    }
}

Task<> push_all(juggle::Channel<long>& channel, long count) {
    for (long done = 0; done < count; ++done) {
        co_await channel.push(done);
    }
    channel.close();
}

Task<> channel(Executor& executor, long count) {
    juggle::Channel<long> channel{peers::capacity};
    executor.spawn(push_all(channel, count)).detach();
    peers::Order order;
    while (const auto element = co_await channel.pop()) {
        order.enter(*element);
    }
    check_equal("elements", order.entered(), count);
}

/// As if it were in another file: compilers make little of one that they see.
[[gnu::noinline]] Task<long> value(long value) { co_return value; }

[[gnu::noinline]] Task<long> value_after_a_turn(long value) {
    co_await juggle::yield();
    co_return value;
}

Task<> child(Executor&, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        sum += co_await value(2);
    }
    check_equal("sum", sum, 2 * count);
}

Task<> spawn_join(Executor& executor, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        auto handle = executor.spawn(value(2));
        sum += co_await handle;
    }
    check_equal("sum", sum, 2 * count);
}

Task<> all_of_two(Executor&, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        const auto [left, right] = co_await juggle::when_all(value(1), value(2));
        sum += left + right;
    }
    check_equal("sum", sum, 3 * count);
}

Task<> all_of_two_turns(Executor&, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        const auto [left, right] =
            co_await juggle::when_all(value_after_a_turn(1), value_after_a_turn(2));
        sum += left + right;
    }
    check_equal("sum", sum, 3 * count);
}

Task<> sleep_long() { co_await juggle::sleep_for(std::chrono::hours{1}); }

Task<> race(Executor&, long count) {
    long won = 0;
    for (long done = 0; done < count; ++done) {
        const auto winner = co_await juggle::when_any(value_after_a_turn(2), sleep_long());
        won += winner.index() == 0 ? 1 : 0;
    }
    check_equal("races won", won, count);
}

Task<> timeout(Executor&, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        sum += co_await juggle::timeout(std::chrono::hours{1}, value_after_a_turn(2));
    }
    check_equal("sum", sum, 2 * count);
}

double wake_nanoseconds = 0;

Task<> wake(Executor&, long count) {
    measure::Waker waker;
    std::chrono::duration<double, std::nano> time{0};
    for (long done = 0; done < count; ++done) {
        co_await measure::Woken{waker};
        time += measure::Time::now() - waker.began();
    }
    wake_nanoseconds = time.count() / static_cast<double>(count);
}

double post_asleep(long count) {
    in_executor<wake>(count);
    return wake_nanoseconds;
}

Task<> post_busy(Executor& executor, long count) {
    long arrived = 0;
    const std::jthread thread{[&executor, &arrived, count] {
        for (long done = 0; done < count; ++done) {
            executor.post([&arrived] { ++arrived; });
        }
    }};
    while (arrived != count) {
        co_await juggle::yield();
    }
}

constexpr peers::Work all[] = {
    {"lock", in_executor<lock>},
    {"handoff", in_executor<handoff>},
    {"job_queue", in_executor<job_queue>},
    {"yield", in_executor<yields>},
    {"channel", in_executor<channel>},
    {"child", in_executor<child>},
    {"spawn_join", in_executor<spawn_join>},
    {"all_of_two", in_executor<all_of_two>},
    {"all_of_two_turns", in_executor<all_of_two_turns>},
    {"race", in_executor<race>},
    {"timeout", in_executor<timeout>},
    {"post_asleep", post_asleep},
    {"post_busy", in_executor<post_busy>},
};

}  // namespace

const std::string_view peers::library = "juggle " JUGGLE_VERSION;
const std::span<const peers::Work> peers::works{all};
