// What a bridge gives: its events are awaited, guard resources, time out, are seen on a timeline,
// and explain a deadlock.
#include "worker.hpp"

#include <juggle/timeline.hpp>

#include <cstdio>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Numbers = juggle::Resource<std::vector<int>, worker::Event>;

/// The worker fills the buffer, and guards it until it has.
juggle::Task<> fill(Numbers::Allocation ticket, int first) {
    std::vector<int>& numbers = co_await ticket.wait_events();
    const worker::Event filled = worker::make_job(
        "fill", [&numbers, first] { std::iota(numbers.begin(), numbers.end(), first); });
    juggle::bridge::service<worker::Thread>(*juggle::Executor::current()).launch(filled);
    ticket.ready(filled);
}

juggle::Task<> print_sum(Numbers::Allocation ticket) {
    const std::vector<int>& numbers = co_await ticket.wait_events();
    std::printf("sum: %d\n", std::accumulate(numbers.begin(), numbers.end(), 0));
    ticket.ready();
}

/// The order is that of the tickets.
juggle::Task<> stream(Numbers& buffer) {
    juggle::JobQueue jobs{4};
    for (int round = 1; round <= 3; ++round) {
        co_await jobs.push(fill(buffer.acquire(), round));
        co_await jobs.push(print_sum(buffer.acquire()));
    }
    co_await jobs.finish();
}

juggle::Task<> fail_and_wait_in_vain() {
    auto& thread = juggle::bridge::service<worker::Thread>(*juggle::Executor::current());
    const worker::Event fails =
        worker::make_job("divide", [] { throw std::domain_error{"by zero"}; });
    thread.launch(fails);
    try {
        co_await fails;
    } catch (const std::domain_error& error) {
        std::printf("failed: %s\n", error.what());
    }
    const worker::Event forgotten = worker::make_job("forgotten", [] {});
    try {
        co_await juggle::timeout(std::chrono::milliseconds{5}, forgotten);
    } catch (const juggle::TimedOut&) {
        std::printf("timed out\n");
    }
    co_await forgotten;
}

}  // namespace

int main() {
    juggle::Timeline timeline;
    {
        juggle::ExecutorOptions options;
        options.observer = &timeline;
        juggle::Executor executor{options};
        Numbers buffer{std::vector<int>(4)};
        executor.run(stream(buffer));
    }
    for (const juggle::TimelineSummary::Lane& lane : timeline.summary().lanes) {
        if (lane.kind == juggle::TimelineLaneKind::queue) {
            std::printf("on the timeline: %s, with %zu pauses\n", lane.name.c_str(), lane.gaps);
        }
    }
    juggle::Executor executor;
    try {
        executor.run(fail_and_wait_in_vain());
    } catch (const juggle::Deadlock& deadlock) {
        const std::string report = deadlock.what();
        const std::size_t place = report.find("waits for");
        std::printf("deadlock: %s\n",
                    report.substr(place, report.find('\n', place) - place).c_str());
    }
}

// prints:
// sum: 10
// sum: 14
// sum: 18
// on the timeline: worker, with 2 pauses
// failed: by zero
// timed out
// deadlock: waits for job 'forgotten', which nobody has launched
