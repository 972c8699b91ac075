// An executor in another library's loop that sleeps until it is woken: whatever makes something
// ready, and whenever, the loop is woken once, and the tasks end.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#endif

using juggle::Executor;
using juggle::ExecutorOptions;
using juggle::JoinHandle;
using juggle::Task;
using namespace std::chrono_literals;

namespace {

/// A loop as libraries of windows have one: it sleeps until an event is posted or its timer is due.
/// It polls the executor when that has woken it or wants to be polled by now, and never else.
class EventLoop {
public:
    using Handler = std::function<void()>;
    enum class Others { none, threads };

    support::Reports reports;
    juggle::ManualClock clock{false};

private:
    ExecutorOptions options() {
        ExecutorOptions result = reports.options(&clock);
        result.wake_up = [this] {
            ++wake_ups_;
            ++recent_wake_ups_;
            post([this] { poll(); });
        };
        return result;
    }

    void poll() {
        count_wake_ups();
        ++polls_;
        (void)executor.poll(steps_);
        count_wake_ups();
        const std::optional<juggle::TimePoint> due = executor.next_deadline();
        timer_ = due;
        if (due && *due <= clock.now()) {
            timer_.reset();
            post([this] { poll(); });
        }
    }

    void count_wake_ups() {
        most_wake_ups_ = std::max(most_wake_ups_, recent_wake_ups_.exchange(0));
    }

    /// Empty: nothing is to come.
    Handler next(Others others, bool time_passes) {
        std::unique_lock lock{mutex_};
        if (others == Others::threads && !timer_) {
            posted_.wait(lock, [this] { return !events_.empty(); });
        }
        if (!events_.empty()) {
            Handler event = std::move(events_.front());
            events_.pop_front();
            return event;
        }
        if (!timer_ || !time_passes) {
            return {};
        }
        clock.advance(*timer_ - clock.now());
        timer_.reset();
        return [this] { poll(); };
    }

    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Handler> events_;
    std::optional<juggle::TimePoint> timer_;
    std::size_t steps_;
    std::atomic<int> wake_ups_{0};
    std::atomic<int> recent_wake_ups_{0};
    int most_wake_ups_ = 0;
    int polls_ = 0;

public:
    Executor executor;

    explicit EventLoop(std::size_t steps = 1000) : steps_{steps}, executor{options()} {}

    /// From any thread: the loop calls it.
    void post(Handler event) {
        {
            const std::lock_guard lock{mutex_};
            events_.push_back(std::move(event));
        }
        posted_.notify_one();
    }

    /// Until something is true after an event. False: it would sleep for ever.
    template <class Predicate>
    bool run_until(Predicate done, Others others = Others::none) {
        while (!done()) {
            const Handler event = next(others, true);
            if (!event) {
                return false;
            }
            event();
        }
        return true;
    }
    /// Until it sleeps.
    void settle() {
        while (const Handler event = next(Others::none, false)) {
            event();
        }
    }

    int wake_ups() const { return wake_ups_; }
    /// Between two polls, or in one.
    int most_wake_ups() const { return std::max(most_wake_ups_, recent_wake_ups_.load()); }
    int polls() const { return polls_; }
};

/// What a task waits for, and a way to bring it.
struct Scene {
    explicit Scene(Executor& its_executor) : executor{its_executor} {
        (void)full.try_push(1);
        (void)held.try_wait();
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;
    ~Scene() {
        if (held) {
            held.ready();
        }
    }

    Executor& executor;
    juggle::AsyncEvent event{};
    juggle::Channel<int> empty{1};
    juggle::Channel<int> full{1};
    juggle::Resource<int> resource{0};
    juggle::ResourceAllocation<int> held = resource.acquire();
    juggle::Semaphore semaphore{1};
    juggle::SemaphorePermit permit = semaphore.try_acquire().value();
    juggle::Latch latch{1};
    juggle::ThreadChannel<int> from_threads{executor, 1};
    std::optional<juggle::ThreadProducer<int>> producer{from_threads.producer()};
    std::atomic<bool> done{false};
    bool cancelled = false;
    JoinHandle<> waiting{};

    /// Asked to stop before it has started, a task says nothing.
    bool over() const { return done || waiting.done(); }
};

using Action = void (*)(Scene&);

struct Cause {
    const char* name;
    Task<> (*wait)(Scene&);
    Action bring;
};

Task<> end(Scene& scene) {
    scene.done = true;
    co_return;
}

const auto causes = std::to_array<Cause>({
    {"spawn", nullptr, [](Scene& scene) { scene.executor.spawn(end(scene)).detach(); }},
    {"post", nullptr, [](Scene& scene) { scene.executor.post([&scene] { scene.done = true; }); }},
    {"a post that spawns", nullptr,
     [](Scene& scene) {
         scene.executor.post([&scene] { scene.executor.spawn(end(scene)).detach(); });
     }},
    {"AsyncEvent::set", [](Scene& scene) -> Task<> { co_await scene.event; },
     [](Scene& scene) { scene.event.set(); }},
    {"Channel::try_push", [](Scene& scene) -> Task<> { (void)co_await scene.empty.pop(); },
     [](Scene& scene) { (void)scene.empty.try_push(1); }},
    {"Channel::try_pop", [](Scene& scene) -> Task<> { co_await scene.full.push(2); },
     [](Scene& scene) { (void)scene.full.try_pop(); }},
    {"Channel::close", [](Scene& scene) -> Task<> { (void)co_await scene.empty.pop(); },
     [](Scene& scene) { scene.empty.close(); }},
    {"ThreadProducer::try_push",
     [](Scene& scene) -> Task<> { (void)co_await scene.from_threads.pop(); },
     [](Scene& scene) { (void)scene.producer->try_push(1); }},
    {"ResourceAllocation::ready",
     [](Scene& scene) -> Task<> {
         auto allocation = scene.resource.acquire();
         (void)co_await allocation.wait_events();
         allocation.ready();
     },
     [](Scene& scene) { scene.held.ready(); }},
    {"SemaphorePermit::release",
     [](Scene& scene) -> Task<> { const auto permit = co_await scene.semaphore.acquire(); },
     [](Scene& scene) { scene.permit.release(); }},
    {"Latch::count_down", [](Scene& scene) -> Task<> { co_await scene.latch.wait(); },
     [](Scene& scene) { scene.latch.count_down(); }},
    {"JoinHandle::request_stop", [](Scene& scene) -> Task<> { co_await scene.event; },
     [](Scene& scene) { scene.waiting.request_stop(); }},
    {"JoinHandle::request_stop, and a timer",
     [](Scene& scene) -> Task<> {
         try {
             co_await juggle::timeout(1h, scene.event);
         } catch (const juggle::TimedOut&) {}  // the time may come first
     },
     [](Scene& scene) { scene.waiting.request_stop(); }},
    {"the end of an awaited task",
     [](Scene& scene) -> Task<> {
         const auto waits = [](Scene& its_scene) -> Task<> { co_await its_scene.event; };
         const JoinHandle<> other = scene.executor.spawn(waits(scene));
         co_await other;
     },
     [](Scene& scene) { scene.event.set(); }},
    {"a time", [](Scene&) -> Task<> { co_await juggle::sleep_for(1h); }, [](Scene&) {}},
});

Task<> wait_and_say(Scene& scene, const Cause& cause) {
    try {
        co_await cause.wait(scene);
    } catch (const juggle::Cancelled&) {
        scene.cancelled = true;
    }
    scene.done = true;
}

void start(Scene& scene, const Cause& cause) {
    if (cause.wait != nullptr) {
        scene.waiting = scene.executor.spawn(wait_and_say(scene, cause));
    }
}

Task<> bring_in_a_task(Scene& scene, const Cause& cause) {
    cause.bring(scene);
    co_return;
}
Task<> bring_after_a_yield(Scene& scene, const Cause& cause) {
    co_await juggle::yield();
    cause.bring(scene);
}

using Moment = void (*)(EventLoop&, Scene&, const Cause&);

struct When {
    const char* name;
    bool starts_before;  // the task that waits has begun to
    Moment bring;
    bool by_thread = false;
};

const auto moments = std::to_array<When>({
    {"before the first poll", false,
     [](EventLoop&, Scene& scene, const Cause& cause) { cause.bring(scene); }},
    {"in the first event", false,
     [](EventLoop& loop, Scene& scene, const Cause& cause) {
         loop.post([&] { cause.bring(scene); });
     }},
    {"between polls", true,
     [](EventLoop&, Scene& scene, const Cause& cause) { cause.bring(scene); }},
    {"in a later event", true,
     [](EventLoop& loop, Scene& scene, const Cause& cause) {
         loop.post([] {});
         loop.post([&] { cause.bring(scene); });
     }},
    {"in a task", true,
     [](EventLoop&, Scene& scene, const Cause& cause) {
         scene.executor.spawn(bring_in_a_task(scene, cause)).detach();
     }},
    {"in a task, later", true,
     [](EventLoop&, Scene& scene, const Cause& cause) {
         scene.executor.spawn(bring_after_a_yield(scene, cause)).detach();
     }},
    {"in a posted function", true,
     [](EventLoop&, Scene& scene, const Cause& cause) {
         scene.executor.post([&] { cause.bring(scene); });
     }},
    {"from another thread", true,
     [](EventLoop&, Scene& scene, const Cause& cause) {
         std::thread{[&] { scene.executor.post([&] { cause.bring(scene); }); }}.join();
     },
     true},
});

}  // namespace

TEST_CASE("a loop that sleeps until it is woken runs what is ready, whatever made it so and when",
          "[threads]") {
    for (const Cause& cause : causes) {
        for (const When& when : moments) {
            for (const std::size_t steps : {std::size_t{1}, std::size_t{1000}}) {
                INFO(cause.name << ", " << when.name << ", " << steps << " steps a poll");
                EventLoop loop{steps};
                Scene scene{loop.executor};
                start(scene, cause);
                const bool by_itself = cause.wait != nullptr && std::string{cause.name} == "a time";
                if (when.starts_before && !by_itself) {
                    loop.settle();
                    CHECK_FALSE(scene.done);
                }
                when.bring(loop, scene, cause);
                CHECK(loop.run_until([&] { return scene.over(); }));
                CHECK(loop.run_until([&] { return loop.executor.running_tasks() == 0; }));
                const bool stopped = std::string{cause.name}.starts_with("JoinHandle");
                const bool had_started = &when != &moments.front();
                CHECK(scene.cancelled == (stopped && had_started));
                CHECK(loop.most_wake_ups() <= 1);
                loop.settle();  // it does not wake itself again and again
                CHECK(loop.polls() < 40);
                CHECK(loop.reports.empty());
                ++support::cases;
            }
        }
    }
}

namespace {

/// Starts waits, and brings what they wait for in some order, each in one of the ways.
void run_random_program(unsigned seed, bool threads) {
    INFO("seed " << seed);
    std::mt19937 random{seed};
    const auto below = [&random](std::size_t end) { return random() % end; };
    EventLoop loop{1 + below(4)};
    struct Wait {
        Scene scene;
        const Cause& cause;
        bool brought = false;
    };
    std::vector<std::unique_ptr<Wait>> waits;
    std::vector<std::jthread> others;
    int events_left = 40;
    const auto bring = [&](Wait& wait) {
        std::size_t way = below(moments.size());
        if (moments[way].by_thread) {
            if (threads) {
                others.emplace_back([&wait] {
                    wait.scene.executor.post([&wait] { wait.cause.bring(wait.scene); });
                });
                return;
            }
            way = 0;
        }
        moments[way].bring(loop, wait.scene, wait.cause);
    };
    const std::function<void()> event = [&] {
        const std::size_t actions = 1 + below(3);
        for (std::size_t action = 0; action < actions; ++action) {
            if (below(2) == 0) {
                const Cause& cause = causes[below(causes.size())];
                waits.push_back(std::unique_ptr<Wait>{new Wait{Scene{loop.executor}, cause}});
                start(waits.back()->scene, cause);
            } else if (!waits.empty()) {
                Wait& wait = *waits[below(waits.size())];
                if (!std::exchange(wait.brought, true)) {
                    bring(wait);
                }
            }
        }
        if (--events_left != 0) {
            loop.post(event);
            return;
        }
        for (const auto& wait : waits) {
            if (!std::exchange(wait->brought, true)) {
                bring(*wait);
            }
        }
    };
    loop.post(event);
    const auto all_done = [&] {
        return events_left == 0 && loop.executor.running_tasks() == 0 &&
               std::ranges::all_of(waits, [](const auto& wait) { return wait->scene.over(); });
    };
    CHECK(loop.run_until(all_done, threads ? EventLoop::Others::threads : EventLoop::Others::none));
    others.clear();
    loop.settle();
    CHECK(loop.executor.running_tasks() == 0);
    if (!threads) {  // another thread may be late to call for what was polled already
        CHECK(loop.most_wake_ups() <= 1);
    }
    CHECK(loop.reports.empty());
    ++support::cases;
}

}  // namespace

TEST_CASE("a loop that sleeps until it is woken ends random programs") {
    for (unsigned seed = 0; seed < static_cast<unsigned>(support::rounds(300, 30'000)); ++seed) {
        run_random_program(seed, false);
    }
}

TEST_CASE("a loop that sleeps until it is woken ends random programs with other threads in them",
          "[threads]") {
    for (unsigned seed = 0; seed < static_cast<unsigned>(support::rounds(50, 5'000)); ++seed) {
        run_random_program(seed, true);
    }
}

TEST_CASE("many things at once wake the loop once") {
    EventLoop loop;
    Scene scene{loop.executor};
    start(scene, causes[3]);
    loop.settle();
    const int before = loop.wake_ups();
    scene.event.set();
    for (int number = 0; number < 10; ++number) {
        loop.executor.spawn(end(scene)).detach();
        loop.executor.post([] {});
    }
    CHECK(loop.wake_ups() == before + 1);
    std::thread{[&] { loop.executor.post([] {}); }}.join();
    CHECK(loop.wake_ups() == before + 1);
    CHECK(loop.run_until([&] { return loop.executor.running_tasks() == 0; }));
}

// ---- loops that look at a condition before they poll --------------------------------------------

namespace {

/// `while (!done()) { poll(); sleep }`, where it sleeps for as long as it is not woken. False: for
/// ever.
template <class Predicate>
bool sleep_and_poll(Executor& executor, juggle::ManualClock& clock, const int& wake_ups,
                    Predicate done) {
    int seen = 0;
    while (!done()) {
        (void)executor.poll();
        const std::optional<juggle::TimePoint> due = executor.next_deadline();
        if (wake_ups == seen && !due) {
            return false;
        }
        if (std::exchange(seen, wake_ups) == wake_ups && *due > clock.now()) {
            clock.advance(*due - clock.now());
        }
    }
    return true;
}

}  // namespace

TEST_CASE("a loop that sleeps between poll and its condition sees the end of the last task") {
    juggle::ManualClock clock{false};
    int wake_ups = 0;
    ExecutorOptions options;
    options.clock = &clock;
    options.wake_up = [&wake_ups] { ++wake_ups; };
    Executor executor{options};
    const auto no_task = [&executor] { return executor.running_tasks() == 0; };
    const auto steps = [](int count) -> Task<> {
        for (int step = 0; step < count; ++step) {
            co_await juggle::yield();
        }
        co_await juggle::sleep_for(1h);
    };
    for (int count = 0; count < 4; ++count) {
        executor.spawn(steps(count)).detach();
        CHECK(sleep_and_poll(executor, clock, wake_ups, no_task));
    }
}

TEST_CASE("such a loop sees the end of a task though another goes on waiting") {
    juggle::ManualClock clock{false};
    int wake_ups = 0;
    ExecutorOptions options;
    options.clock = &clock;
    options.wake_up = [&wake_ups] { ++wake_ups; };
    Executor executor{options};
    juggle::AsyncEvent never;
    const auto wait = [&never]() -> Task<> { co_await never; };
    const JoinHandle<> waiting = executor.spawn(wait());
    const auto yield = []() -> Task<> { co_await juggle::yield(); };
    for (int round = 0; round < 3; ++round) {
        const JoinHandle<> handle = executor.spawn(yield());
        CHECK(sleep_and_poll(executor, clock, wake_ups, [&handle] { return handle.done(); }));
    }
    (void)executor.poll();
    const int before = wake_ups;
    CHECK(executor.poll() == 0);
    CHECK(wake_ups == before);
    waiting.request_stop();
    CHECK(sleep_and_poll(executor, clock, wake_ups, [&] { return waiting.done(); }));
}

TEST_CASE("poll refuses to be called by wake_up") {
    Executor* self = nullptr;
    int refused = 0;
    ExecutorOptions options;
    options.wake_up = [&] {
        try {
            (void)self->poll();
        } catch (const std::logic_error&) {
            ++refused;
        }
    };
    Executor executor{options};
    self = &executor;
    const auto task = []() -> Task<> { co_return; };
    executor.spawn(task()).detach();
    CHECK(refused == 1);
    CHECK(executor.poll() == 1);
    CHECK(refused == 2);  // the task has ended
    CHECK(executor.running_tasks() == 0);
}

TEST_CASE("an executor that is destroyed wakes no loop for its tasks") {
    int wake_ups = 0;
    juggle::AsyncEvent never;
    const auto wait = [&never]() -> Task<> { co_await never; };
    {
        ExecutorOptions options;
        options.wake_up = [&wake_ups] { ++wake_ups; };
        Executor executor{options};
        executor.spawn(wait()).detach();
        (void)executor.poll();
        wake_ups = 0;
    }
    CHECK(wake_ups == 0);
}

// ---- poll(2) ------------------------------------------------------------------------------------

#if defined(__linux__)

namespace {

/// A loop over poll(2) with an eventfd for the executor, and a pipe by which events come.
class PollLoop {
public:
    PollLoop() {
        if (wake_up_ < 0 || ::pipe(pipe_) != 0) {
            throw std::runtime_error{"no descriptors"};
        }
    }
    PollLoop(const PollLoop&) = delete;
    PollLoop& operator=(const PollLoop&) = delete;
    ~PollLoop() {
        for (const int descriptor : {wake_up_, pipe_[0], pipe_[1]}) {
            ::close(descriptor);
        }
    }

private:
    const int wake_up_ = ::eventfd(0, EFD_NONBLOCK);
    int pipe_[2] = {-1, -1};
    std::vector<std::function<void()>> events_;
    std::size_t handled_ = 0;

    ExecutorOptions options() const {
        ExecutorOptions result;
        result.wake_up = [descriptor = wake_up_] {
            const std::uint64_t one = 1;
            CHECK(::write(descriptor, &one, sizeof one) == sizeof one);
        };
        return result;
    }

public:
    Executor executor{options()};

    void post(std::function<void()> event) {
        const auto number = static_cast<unsigned char>(events_.size());
        events_.push_back(std::move(event));
        CHECK(::write(pipe_[1], &number, 1) == 1);
    }

    /// False: it would sleep for ever.
    bool run() {
        bool woken = true;
        while (executor.running_tasks() != 0 || handled_ != events_.size()) {
            if (woken) {
                (void)executor.poll();
            }
            const auto due = executor.next_deadline();
            pollfd descriptors[2] = {{wake_up_, POLLIN, 0}, {pipe_[0], POLLIN, 0}};
            // What is to come has come; otherwise -1 would be right here.
            const int ready = ::poll(descriptors, 2, 0);
            if (ready == 0 && !due) {
                return false;
            }
            std::uint64_t count = 0;
            woken = ::read(wake_up_, &count, sizeof count) == sizeof count ||
                    (due && *due <= executor.now());
            unsigned char number = 0;
            if (descriptors[1].revents != 0 && ::read(pipe_[0], &number, 1) == 1) {
                ++handled_;
                events_[number]();
            }
        }
        return true;
    }
};

}  // namespace

TEST_CASE("a loop over poll(2) and an eventfd ends, whatever makes something ready") {
    for (const Cause& cause : causes) {
        const std::string name = cause.name;
        if (name == "a time" || name.find("post") != name.npos) {
            continue;  // the time here is the real one, and a post alone is no running task
        }
        INFO(name);
        PollLoop loop;
        Scene scene{loop.executor};
        start(scene, cause);
        loop.post([] {});
        loop.post([&] { cause.bring(scene); });
        loop.post([] {});
        CHECK(loop.run());
        CHECK(scene.over());
        CHECK(loop.executor.running_tasks() == 0);
        ++support::cases;
    }
}

#endif
