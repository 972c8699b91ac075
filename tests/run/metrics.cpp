// Counts of an executor and of the named things of its tasks.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/channel.hpp>
#include <juggle/executor.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/metrics.hpp>
#include <juggle/resource_ring.hpp>
#include <juggle/semaphore.hpp>
#include <juggle/sleep.hpp>
#include <juggle/timeout.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <locale>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using juggle::Channel;
using juggle::Executor;
using juggle::JobQueue;
using juggle::JoinHandle;
using juggle::Metrics;
using juggle::Resource;
using juggle::Semaphore;
using juggle::SemaphorePermit;
using juggle::Task;
using support::exception_of;
using support::yield_times;
using namespace std::chrono_literals;

namespace {

/// An executor that counts, whose time is a fake.
struct Counted {
    support::Reports reports;
    juggle::ManualClock clock;
    Executor executor{[this] {
        juggle::ExecutorOptions options = reports.options(&clock);
        options.metrics = true;
        return options;
    }()};
};

/// Of the thing of that kind and name; fails if there is none.
Metrics::Object object(const Metrics& metrics, const std::string& kind, const std::string& name) {
    for (const Metrics::Object& object : metrics.objects) {
        if (object.kind == kind && object.name == name) {
            return object;
        }
    }
    FAIL("no " << kind << " '" << name << "'");
    return {};
}
Metrics::Object object(const std::string& kind, const std::string& name) {
    return object(Executor::current()->metrics(), kind, name);
}

/// In that function; nothing if nobody has waited there.
Metrics::Waits waits(const Metrics::Object& object, const std::string& operation) {
    for (const Metrics::Waits& waits : object.waits) {
        if (waits.operation == operation) {
            return waits;
        }
    }
    return {};
}

bool are(const Metrics::Waits& waits, std::size_t waiting, std::uint64_t begun,
         std::chrono::nanoseconds waited) {
    return waits.waiting == waiting && waits.waits == begun && waits.waited == waited;
}

Task<> push(Channel<int>& channel, int element) { co_await channel.push(element); }
Task<std::optional<int>> pop(Channel<int>& channel) {
    std::optional<int> element = co_await channel.pop();
    co_return element;
}

Task<> hold(Semaphore& semaphore, std::size_t count, std::chrono::nanoseconds time) {
    const SemaphorePermit permit = co_await semaphore.acquire(count);
    co_await juggle::sleep_for(time);
}

Task<> hold(Resource<int>& resource, std::chrono::nanoseconds time) {
    juggle::ResourceAllocation ticket = resource.acquire();
    (void)co_await ticket.wait();
    co_await juggle::sleep_for(time);
    ticket.ready();
}
Task<> share(Resource<int>& resource, std::chrono::nanoseconds time) {
    juggle::ResourceAllocation ticket = resource.acquire_shared();
    (void)co_await ticket.wait();
    co_await juggle::sleep_for(time);
    ticket.ready();
}

Task<> sleep(std::chrono::nanoseconds time) { co_await juggle::sleep_for(time); }

std::string page(const Metrics& metrics) {
    std::ostringstream stream;
    metrics.write_prometheus(stream);
    return stream.str();
}

}  // namespace

// ---- the executor -------------------------------------------------------------------------------

TEST_CASE("an executor counts its ticks, posts, sleeps and tasks, without being told to") {
    Executor executor;
    CHECK(executor.metrics().ticks == 0);
    CHECK(executor.metrics().running_tasks == 0);
    bool posted = false;
    const auto main = [&]() -> Task<> {
        const Metrics before = Executor::current()->metrics();
        CHECK(before.running_tasks == 1);
        co_await yield_times(10);
        const Metrics after = Executor::current()->metrics();
        CHECK(after.ticks >= before.ticks + 10);
        CHECK(after.sleeps == 0);
        CHECK(after.objects.empty());
        co_await juggle::sleep_for(1ms);  // nothing else is there to be done
    };
    executor.run(main());
    CHECK(executor.metrics().sleeps > 0);
    CHECK(executor.metrics().posts == 0);
    executor.post([&posted] { posted = true; });
    executor.run(yield_times(2));
    CHECK(posted);
    CHECK(executor.metrics().posts == 1);
    CHECK(executor.metrics().running_tasks == 0);
}

TEST_CASE("without the option nothing is counted of named things") {
    Executor executor;
    Channel<int> channel{"numbers", 1};
    executor.run(push(channel, 1));
    CHECK(executor.metrics().objects.empty());
}

TEST_CASE("what has no name is not counted") {
    Counted counted;
    Channel<int> channel{1};
    const auto main = [&]() -> Task<> {
        const JoinHandle<std::optional<int>> popping = Executor::current()->spawn(pop(channel));
        co_await juggle::yield();
        co_await channel.push(1);
        (void)co_await popping;
    };
    counted.executor.run(main());
    CHECK(counted.executor.metrics().objects.empty());
}

// ---- channels -----------------------------------------------------------------------------------

TEST_CASE("a channel's level, its capacity, and what was popped are counted") {
    Counted counted;
    Channel<int> channel{"numbers", 3};
    const auto main = [&]() -> Task<> {
        co_await channel.push(1);
        co_await channel.push(2);
        CHECK(object("channel", "numbers").level == 2);
        CHECK(object("channel", "numbers").capacity == 3);
        CHECK(object("channel", "numbers").served == 0);
        CHECK(object("channel", "numbers").waits.empty());
        (void)co_await channel.pop();
        CHECK(channel.try_pop() == 2);
        CHECK(object("channel", "numbers").level == 0);
        CHECK(object("channel", "numbers").served == 2);
        const JoinHandle<std::optional<int>> popping = Executor::current()->spawn(pop(channel));
        co_await juggle::yield();
        co_await channel.push(3);  // from task to task
        (void)co_await popping;
        CHECK(object("channel", "numbers").served == 3);
    };
    counted.executor.run(main());
}

TEST_CASE("tasks that wait at a channel are counted, with how long") {
    Counted counted;
    Channel<int> channel{"numbers", 1};
    const auto main = [&]() -> Task<> {
        Executor& executor = *Executor::current();
        const JoinHandle<std::optional<int>> first = executor.spawn(pop(channel));
        const JoinHandle<std::optional<int>> second = executor.spawn(pop(channel));
        co_await juggle::sleep_for(2s);
        CHECK(are(waits(object("channel", "numbers"), "pop"), 2, 2, 4s));
        co_await channel.push(1);
        co_await juggle::sleep_for(1s);
        CHECK(are(waits(object("channel", "numbers"), "pop"), 1, 2, 5s));
        second.request_stop();
        (void)co_await first;
        (void)co_await exception_of(second);
        CHECK(are(waits(object("channel", "numbers"), "pop"), 0, 2, 5s));

        co_await channel.push(1);
        const JoinHandle<> pushing = executor.spawn(push(channel, 2));
        const JoinHandle<> refused = executor.spawn(push(channel, 3));
        co_await juggle::sleep_for(1s);
        CHECK(are(waits(object("channel", "numbers"), "push"), 2, 2, 2s));
        CHECK(channel.try_pop() == 1);
        co_await pushing;
        channel.close();
        (void)co_await exception_of(refused);
        co_await juggle::sleep_for(1s);
        CHECK(are(waits(object("channel", "numbers"), "push"), 0, 2, 2s));
    };
    counted.executor.run(main());
}

TEST_CASE("a wait that loses a race, or that outlives the run, is over for the counts") {
    Counted counted;
    Channel<int> channel{"numbers", 1};
    const auto main = [&]() -> Task<> {
        const std::exception_ptr error = co_await exception_of(juggle::timeout(3s, channel.pop()));
        CHECK(error);
        CHECK(are(waits(object("channel", "numbers"), "pop"), 0, 1, 3s));
        Executor::current()->spawn(pop(channel)).detach();
        co_await juggle::sleep_for(1s);
    };
    counted.executor.run(main());
    CHECK(are(waits(object(counted.executor.metrics(), "channel", "numbers"), "pop"), 0, 2, 4s));
}

TEST_CASE("a task that is woken from outside of the executor waits no longer") {
    Counted counted;
    Channel<int> channel{"numbers", 1};
    const JoinHandle<std::optional<int>> popping = counted.executor.spawn(pop(channel));
    (void)counted.executor.poll();
    CHECK(waits(object(counted.executor.metrics(), "channel", "numbers"), "pop").waiting == 1);
    CHECK(channel.try_push(1));
    (void)counted.executor.poll();
    CHECK(popping.done());
    CHECK(waits(object(counted.executor.metrics(), "channel", "numbers"), "pop").waiting == 0);
}

TEST_CASE("who waits in join of a channel is counted") {
    Counted counted;
    Channel<int> channel{"numbers", 1};
    const auto join = [](Channel<int>& joined) -> Task<> { co_await joined.join(); };
    const auto main = [&]() -> Task<> {
        co_await channel.push(1);
        const JoinHandle<> joining = Executor::current()->spawn(join(channel));
        co_await juggle::sleep_for(1s);
        CHECK(are(waits(object("channel", "numbers"), "join"), 1, 1, 1s));
        (void)co_await channel.pop();
        channel.task_done();
        co_await joining;
        CHECK(are(waits(object("channel", "numbers"), "join"), 0, 1, 1s));
    };
    counted.executor.run(main());
}

// ---- the others ---------------------------------------------------------------------------------

TEST_CASE("permits that are out and given back are counted, and who waits for some") {
    Counted counted;
    Semaphore semaphore{"cores", 3};
    const auto main = [&]() -> Task<> {
        Executor& executor = *Executor::current();
        const JoinHandle<> first = executor.spawn(hold(semaphore, 2, 5s));
        const JoinHandle<> second = executor.spawn(hold(semaphore, 2, 5s));
        co_await juggle::sleep_for(1s);
        CHECK(object("semaphore", "cores").level == 2);
        CHECK(object("semaphore", "cores").capacity == 3);
        CHECK(object("semaphore", "cores").served == 0);
        CHECK(are(waits(object("semaphore", "cores"), "acquire"), 1, 1, 1s));
        co_await first;
        CHECK(object("semaphore", "cores").level == 2);  // the second's now
        CHECK(object("semaphore", "cores").served == 2);
        co_await second;
        CHECK(object("semaphore", "cores").level == 0);
        CHECK(object("semaphore", "cores").served == 4);
        CHECK(are(waits(object("semaphore", "cores"), "acquire"), 0, 1, 5s));
        const std::optional<SemaphorePermit> permit = semaphore.try_acquire();
        CHECK(object("semaphore", "cores").level == 1);
    };
    counted.executor.run(main());
}

TEST_CASE("jobs in flight and taken out are counted, and who waits for the oldest") {
    Counted counted;
    JobQueue jobs{"chunks", 2};
    const auto main = [&]() -> Task<> {
        (void)co_await jobs.push(sleep(3s));
        (void)co_await jobs.push(sleep(3s));
        CHECK(object("job queue", "chunks").level == 2);
        CHECK(object("job queue", "chunks").capacity == 2);
        CHECK(object("job queue", "chunks").served == 0);
        (void)co_await jobs.push(sleep(3s));
        CHECK(object("job queue", "chunks").level == 2);
        CHECK(object("job queue", "chunks").served == 1);
        CHECK(are(waits(object("job queue", "chunks"), "wait"), 0, 1, 3s));
        const std::exception_ptr error = co_await exception_of(juggle::timeout(1s, jobs.finish()));
        CHECK(error);
        CHECK(are(waits(object("job queue", "chunks"), "wait"), 0, 2, 4s));
        co_await jobs.finish();
        CHECK(object("job queue", "chunks").level == 0);
        CHECK(object("job queue", "chunks").served == 3);
    };
    counted.executor.run(main());
}

TEST_CASE("tickets of a resource that are held are counted, and who waits for its turn") {
    Counted counted;
    Resource<int> resource{"buffer", 0};
    const auto main = [&]() -> Task<> {
        Executor& executor = *Executor::current();
        const JoinHandle<> first = executor.spawn(hold(resource, 2s));
        const JoinHandle<> second = executor.spawn(share(resource, 2s));
        const JoinHandle<> third = executor.spawn(share(resource, 2s));
        co_await juggle::sleep_for(1s);
        CHECK(object("resource", "buffer").level == 1);
        CHECK(object("resource", "buffer").capacity == 1);
        CHECK(object("resource", "buffer").served == 1);
        CHECK(are(waits(object("resource", "buffer"), "wait"), 2, 2, 2s));
        co_await first;
        co_await juggle::sleep_for(1s);
        CHECK(object("resource", "buffer").level == 2);
        CHECK(object("resource", "buffer").served == 3);
        co_await second;
        co_await third;
        CHECK(object("resource", "buffer").level == 0);
        CHECK(are(waits(object("resource", "buffer"), "wait"), 0, 2, 4s));
        const JoinHandle<> holder = executor.spawn(hold(resource, 2s));
        const JoinHandle<> stopped = executor.spawn(hold(resource, 2s));
        co_await juggle::sleep_for(1s);
        stopped.request_stop();
        (void)co_await exception_of(stopped);
        CHECK(are(waits(object("resource", "buffer"), "wait"), 0, 3, 5s));
        co_await holder;
    };
    counted.executor.run(main());
}

TEST_CASE("each slot of a ring is counted by its own name") {
    Counted counted;
    juggle::ResourceRing<int> ring{"buffers", std::vector<int>{0, 0}};
    const auto main = [&]() -> Task<> {
        for (int turn = 0; turn < 3; ++turn) {
            juggle::ResourceAllocation ticket = ring.acquire();
            (void)co_await ticket.wait();
            ticket.ready();
        }
        CHECK(object("resource", "buffers[0]").served == 2);
        CHECK(object("resource", "buffers[1]").served == 1);
    };
    counted.executor.run(main());
}

// ---- names and lives ----------------------------------------------------------------------------

TEST_CASE("things of one kind and name are added up, with those that are gone") {
    Counted counted;
    const auto main = [&]() -> Task<> {
        for (int round = 0; round < 3; ++round) {
            Channel<int> channel{"numbers", 2};
            Channel<int> other{"numbers", 3};
            Semaphore semaphore{"numbers", 1};
            co_await channel.push(1);
            (void)co_await channel.pop();
            co_await other.push(1);
            const JoinHandle<std::optional<int>> popping = Executor::current()->spawn(pop(channel));
            co_await juggle::sleep_for(1s);
            CHECK(object("channel", "numbers").level == 1);
            CHECK(object("channel", "numbers").capacity == 5);
            CHECK(object("channel", "numbers").served == static_cast<std::uint64_t>(round) + 1);
            CHECK(waits(object("channel", "numbers"), "pop").waited == (round + 1) * 1s);
            popping.request_stop();
            (void)co_await exception_of(popping);
        }
        CHECK(object("channel", "numbers").level == 0);
        CHECK(object("channel", "numbers").capacity == 0);
        CHECK(object("channel", "numbers").served == 3);
        CHECK(are(waits(object("channel", "numbers"), "pop"), 0, 3, 3s));
        CHECK(Executor::current()->metrics().objects.size() == 1);  // nobody used a permit
    };
    counted.executor.run(main());
}

TEST_CASE("things may outlive the executor that has counted them, and be counted by another") {
    Channel<int> channel{"numbers", 4};
    Resource<int> resource{"buffer", 0};
    std::optional<juggle::ResourceAllocation<int>> ticket;
    const auto main = [&]() -> Task<> {
        co_await channel.push(1);
        ticket.emplace(resource.acquire());
        (void)co_await ticket->wait();
        ticket->ready();
    };
    for (std::uint64_t round = 1; round < 3; ++round) {
        Counted counted;
        counted.executor.run(main());
        CHECK(object(counted.executor.metrics(), "channel", "numbers").level == round);
        CHECK(object(counted.executor.metrics(), "resource", "buffer").served == 1);
        ticket.reset();
    }
}

TEST_CASE("the executor's observer sees what it sees without metrics") {
    struct Levels final : juggle::Observer {
        void level_changed(const juggle::detail::Label&, std::uint64_t level,
                           std::uint64_t /*capacity*/) noexcept override {
            seen.push_back(level);
        }
        std::vector<std::uint64_t> seen;
    };
    std::vector<std::uint64_t> seen[2];
    for (const bool with_metrics : {false, true}) {
        Levels levels;
        Executor executor{{.observer = &levels, .metrics = with_metrics}};
        Channel<int> channel{"numbers", 2};
        executor.run(push(channel, 1));
        (void)executor.run(pop(channel));
        seen[with_metrics ? 1 : 0] = levels.seen;
    }
    CHECK(seen[0] == std::vector<std::uint64_t>{1, 0});
    CHECK(seen[1] == seen[0]);
}

TEST_CASE("counting allocates nothing in the steady state") {
    Counted counted;
    const auto main = [&]() -> Task<> {
        Channel<int> channel{"numbers", 1};
        Semaphore semaphore{"cores", 1};
        Resource<int> resource{"buffer", 0};
        const auto cycle = [&]() -> Task<> {
            Executor& executor = *Executor::current();
            const JoinHandle<std::optional<int>> popping = executor.spawn(pop(channel));
            co_await juggle::yield();
            co_await channel.push(1);
            (void)co_await popping;
            const JoinHandle<> first = executor.spawn(hold(semaphore, 1, 1s));
            const JoinHandle<> second = executor.spawn(hold(semaphore, 1, 1s));
            co_await first;
            co_await second;
            const JoinHandle<> holder = executor.spawn(hold(resource, 1s));
            co_await hold(resource, 1s);
            co_await holder;
        };
        const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
        CHECK(allocations == 0);
    };
    counted.executor.run(main());
}

// ---- the page -----------------------------------------------------------------------------------

TEST_CASE("a page has each family once, with its samples behind it") {
    Metrics metrics;
    metrics.ticks = 12;
    metrics.running_tasks = 3;
    metrics.objects.push_back(
        {.kind = "channel",
         .name = "a \"b\"\\\nc",
         .level = 1,
         .capacity = 2,
         .served = 1234567,
         .waits = {{.operation = "pop", .waiting = 1, .waits = 4, .waited = 90'000'000'001ns},
                   {.operation = "push", .waited = 5ms}}});
    const std::string labels = R"(kind="channel",name="a \"b\"\\\nc")";
    CHECK(page(metrics) ==
          "# HELP juggle_ticks_total Resumptions of tasks, posted functions and the like.\n"
          "# TYPE juggle_ticks_total counter\n"
          "juggle_ticks_total 12\n"
          "# HELP juggle_posts_total Posts that have arrived from other threads.\n"
          "# TYPE juggle_posts_total counter\n"
          "juggle_posts_total 0\n"
          "# HELP juggle_sleeps_total How often the thread has gone to sleep.\n"
          "# TYPE juggle_sleeps_total counter\n"
          "juggle_sleeps_total 0\n"
          "# HELP juggle_running_tasks Tasks that have not ended.\n"
          "# TYPE juggle_running_tasks gauge\n"
          "juggle_running_tasks 3\n"
          "# HELP juggle_level Elements, jobs, permits that are out, tickets that are held.\n"
          "# TYPE juggle_level gauge\n"
          "juggle_level{" +
              labels +
              "} 1\n"
              "# HELP juggle_capacity The most that the level is meant to be.\n"
              "# TYPE juggle_capacity gauge\n"
              "juggle_capacity{" +
              labels +
              "} 2\n"
              "# HELP juggle_served_total Elements popped, jobs taken out, permits given back, "
              "tickets "
              "held.\n"
              "# TYPE juggle_served_total counter\n"
              "juggle_served_total{" +
              labels +
              "} 1234567\n"
              "# HELP juggle_waiting_tasks Tasks that wait.\n"
              "# TYPE juggle_waiting_tasks gauge\n"
              "juggle_waiting_tasks{" +
              labels +
              ",operation=\"pop\"} 1\n"
              "juggle_waiting_tasks{" +
              labels +
              ",operation=\"push\"} 0\n"
              "# HELP juggle_waits_total Waits that have begun.\n"
              "# TYPE juggle_waits_total counter\n"
              "juggle_waits_total{" +
              labels +
              ",operation=\"pop\"} 4\n"
              "juggle_waits_total{" +
              labels +
              ",operation=\"push\"} 0\n"
              "# HELP juggle_waited_seconds_total How long all waits have lasted.\n"
              "# TYPE juggle_waited_seconds_total counter\n"
              "juggle_waited_seconds_total{" +
              labels +
              ",operation=\"pop\"} 90.000000001\n"
              "juggle_waited_seconds_total{" +
              labels + ",operation=\"push\"} 0.005000000\n");
}

TEST_CASE("executors on one page need names of their own") {
    std::vector<Metrics> executors(2);
    executors[0].executor = "capture";
    executors[1].executor = "capture";
    std::ostringstream stream;
    CHECK_THROWS_WITH(juggle::write_prometheus(stream, executors),
                      Catch::Contains("two are called 'capture'"));
    CHECK(stream.str().empty());
    executors[1].executor = "beamformer";
    juggle::write_prometheus(stream, executors);
    CHECK_THAT(stream.str(), Catch::Contains("juggle_ticks_total{executor=\"capture\"} 0\n"
                                             "juggle_ticks_total{executor=\"beamformer\"} 0\n"));
}

TEST_CASE("a page is the same in each locale") {
    struct Grouped final : std::numpunct<char> {
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    Metrics metrics;
    metrics.ticks = 1'000'000;
    std::ostringstream stream;
    stream.imbue(std::locale{std::locale::classic(), new Grouped});
    metrics.write_prometheus(stream);
    CHECK(stream.str() == page(metrics));
}
