// bridge::IdleSource: an executor that sleeps in a loop around epoll, where there is one, behaves
// as one that sleeps by itself, and is woken by descriptors as well.

#if defined(__linux__)

#include "support/catch.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/bridge/idle_source.hpp>
#include <juggle/bridge/waiter.hpp>
#include <juggle/juggle.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if JUGGLE_HAS_STOP_TOKEN
#include <stop_token>
#endif

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

using juggle::Cancelled;
using juggle::Executor;
using juggle::ExecutorOptions;
using juggle::Poster;
using juggle::Task;
using juggle::TimePoint;
using support::contains;
using support::exception_of;
using support::is;

using namespace std::chrono_literals;

namespace {

class Epoll;

/// Waits until a descriptor can be read.
class Readable final : public juggle::bridge::Waiter {
public:
    Readable(Epoll& epoll, int descriptor) noexcept : epoll_{epoll}, descriptor_{descriptor} {}
    void await_resume() const { throw_if_stopped(); }

private:
    void start() override;
    void cancel() noexcept override;
    std::string describe() const override {
        return "descriptor " + std::to_string(descriptor_) + " to be readable";
    }

    Epoll& epoll_;
    int descriptor_;
};

class Epoll final : public juggle::bridge::IdleSource {
public:
    Epoll() { watch(wake_, nullptr); }
    ~Epoll() override {
        ::close(wake_);
        ::close(epoll_);
    }

    void watch(int descriptor, Readable* waiter) {
        epoll_event event{};
        event.events = waiter == nullptr ? EPOLLIN : EPOLLIN | EPOLLONESHOT;
        event.data.ptr = waiter;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
            throw std::runtime_error{"epoll_ctl"};
        }
        waiters_ += waiter == nullptr ? 0 : 1;
    }
    void forget(int descriptor) noexcept {
        (void)::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
        --waiters_;
    }

    void sleep(std::optional<TimePoint> until) noexcept override {
        int milliseconds = -1;
        if (until) {
            const auto left = *until - std::min(*until, std::chrono::steady_clock::now());
            milliseconds =
                static_cast<int>(std::min<std::int64_t>(1'000'000, (left + 999us) / 1ms));
        }
        ++(milliseconds == 0 ? looks : sleeps);
        std::array<epoll_event, 8> events{};
        const int count = ::epoll_wait(epoll_, events.data(), 8, milliseconds);
        for (int index = 0; index < count; ++index) {
            if (auto* waiter =
                    static_cast<Readable*>(events[static_cast<std::size_t>(index)].data.ptr)) {
                waiter->complete();
            } else {
                std::uint64_t wakes = 0;
                (void)!::read(wake_, &wakes, sizeof wakes);
            }
        }
    }
    void wake() noexcept override {
        const std::uint64_t one = 1;
        (void)!::write(wake_, &one, sizeof one);
    }
    bool may_bring_work() const noexcept override { return waiters_ != 0; }

    int looks = 0;
    int sleeps = 0;

private:
    int epoll_ = ::epoll_create1(0);
    int wake_ = ::eventfd(0, EFD_NONBLOCK);
    int waiters_ = 0;
};

void Readable::start() { epoll_.watch(descriptor_, this); }
void Readable::cancel() noexcept {
    epoll_.forget(descriptor_);
    give_up();
}

Task<> await_readable(Epoll& epoll, int descriptor) {
    co_await Readable{epoll, descriptor};
    epoll.forget(descriptor);
}

class Pipe {
public:
    Pipe() {
        if (::pipe(ends_.data()) != 0) {
            throw std::runtime_error{"pipe"};
        }
    }
    ~Pipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int out() const { return ends_[0]; }
    void put() const { (void)!::write(ends_[1], "x", 1); }
    void take() const {
        char byte = 0;
        (void)!::read(ends_[0], &byte, 1);
    }

private:
    std::array<int, 2> ends_{};
};

Task<> wait_until_set(juggle::AsyncEvent& event) { co_await event; }

ExecutorOptions sleeping_in(Epoll& epoll) {
    ExecutorOptions options;
    options.idle = &epoll;
    return options;
}

}  // namespace

TEST_CASE("idle source: a task runs to its end, and its exception is thrown") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    CHECK(executor.run(support::value_after(3, 5)) == 5);
    CHECK_THROWS_WITH(executor.run(support::fail_after(2, "no")), "no");
    CHECK(epoll.sleeps == 0);
}

TEST_CASE("idle source: timers end its sleep") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    const TimePoint start = executor.now();
    executor.run([]() -> Task<> {
        co_await juggle::when_all(juggle::sleep_for(2ms), juggle::sleep_for(4ms));
    }());
    CHECK(executor.now() - start >= 4ms);
    CHECK(epoll.sleeps > 0);
}

TEST_CASE("idle source: a descriptor ends a wait, beside a timer and a thread", "[threads]") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    const Pipe pipe;
    std::thread writer;
    executor.run([](Epoll& source, const Pipe& ends, std::thread& thread) -> Task<> {
        for (int round = 0; round < 20; ++round) {
            thread = std::thread{[&ends] { ends.put(); }};
            co_await await_readable(source, ends.out());
            ends.take();
            thread.join();
            const int value = co_await juggle::offload([] { return 3; });
            CHECK(value == 3);
            co_await juggle::sleep_for(50us);
        }
    }(epoll, pipe, writer));
}

TEST_CASE("idle source: a stop request ends the wait for a descriptor") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    const Pipe pipe;
    const auto outcome = executor.run([](Epoll& source, const Pipe& ends) -> Task<bool> {
        auto error =
            co_await exception_of(juggle::timeout(1ms, await_readable(source, ends.out())));
        co_return is<juggle::TimedOut>(error);
    }(epoll, pipe));
    CHECK(outcome);
    CHECK_FALSE(epoll.may_bring_work());
}

#if JUGGLE_HAS_STOP_TOKEN
TEST_CASE("idle source: another thread's stop token ends run while it sleeps", "[threads]") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    const Pipe pipe;
    std::stop_source source;
    std::thread stopper;
    const auto run = [&] {
        executor.run(
            [](Epoll& idle, const Pipe& ends, std::thread& thread,
               std::stop_source& stop) -> Task<> {
                thread = std::thread{[&stop] { stop.request_stop(); }};
                co_await await_readable(idle, ends.out());
            }(epoll, pipe, stopper, source),
            source.get_token());
    };
    CHECK_THROWS_AS(run(), Cancelled);
    stopper.join();
}
#endif

TEST_CASE("idle source: nothing to wait for is a deadlock, a descriptor is something") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    juggle::AsyncEvent never;
    CHECK_THROWS_AS(executor.run(wait_until_set(never)), juggle::Deadlock);
    const Pipe pipe;
    pipe.put();
    executor.run(await_readable(epoll, pipe.out()));
    CHECK_THROWS_AS(executor.run(wait_until_set(never)), juggle::Deadlock);
}

TEST_CASE("idle source: the last poster that goes wakes it to its deadlock", "[threads]") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    juggle::AsyncEvent never;
    std::thread thread{[poster = executor.poster()] { std::this_thread::yield(); }};
    CHECK_THROWS_AS(executor.run(wait_until_set(never)), juggle::Deadlock);
    thread.join();
}

TEST_CASE("idle source: the watchdog tells of a wait, its kind and its line") {
    support::Reports reports;
    Epoll epoll;
    ExecutorOptions options = reports.options();
    options.idle = &epoll;
    options.report_waits_after = 2ms;
    Executor executor{options};
    const Pipe pipe;
    executor.run([](Epoll& source, const Pipe& ends, support::Reports& told) -> Task<> {
        auto waits = juggle::Executor::current()->spawn(await_readable(source, ends.out()));
        while (told.diagnostics.empty()) {
            co_await juggle::sleep_for(1ms);
        }
        ends.put();
        co_await waits;
    }(epoll, pipe, reports));
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(contains(reports.diagnostics[0], "to be readable"));
    CHECK(contains(reports.diagnostics[0], "idle_source.cpp"));
}

TEST_CASE("idle source: a busy executor looks at it all the same") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    const Pipe pipe;
    pipe.put();
    executor.run([](Epoll& source, const Pipe& ends) -> Task<> {
        auto read = juggle::Executor::current()->spawn(await_readable(source, ends.out()));
        while (!read.done()) {
            co_await juggle::yield();
        }
    }(epoll, pipe));
    CHECK(epoll.sleeps == 0);
    CHECK(epoll.looks > 0);
}

TEST_CASE("idle source: posts without end do not starve it") {
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    const Pipe pipe;
    pipe.put();
    class Again final : public juggle::PostNode {
    public:
        explicit Again(Executor& executor) : PostNode{&Again::run}, executor_{executor} {}
        bool stop = false;

    private:
        static void run(PostNode& node) noexcept {
            auto& self = static_cast<Again&>(node);
            if (!self.stop) {
                self.executor_.post(self);
            }
        }
        Executor& executor_;
    } again{executor};
    executor.post(again);
    executor.run(await_readable(epoll, pipe.out()));
    again.stop = true;
    (void)executor.poll();
}

TEST_CASE("idle source: a fake clock does not jump over what is there already") {
    support::Reports reports;
    juggle::ManualClock clock;
    Epoll epoll;
    ExecutorOptions options = reports.options(&clock);
    options.idle = &epoll;
    Executor executor{options};
    const Pipe pipe;
    pipe.put();
    const TimePoint start = clock.now();
    const bool read = executor.run([](Epoll& source, const Pipe& ends) -> Task<bool> {
        const auto error =
            co_await exception_of(juggle::timeout(1h, await_readable(source, ends.out())));
        co_return error == nullptr;
    }(epoll, pipe));
    CHECK(read);
    CHECK(clock.now() == start);
    executor.run([]() -> Task<> { co_await juggle::sleep_for(3h); }());
    CHECK(clock.now() == start + 3h);
}

TEST_CASE("idle source: spinning before it sleeps finds a post, and sleeps if there is none") {
    Epoll epoll;
    ExecutorOptions options = sleeping_in(epoll);
    options.spin = 100us;
    Executor executor{options};
    executor.run([]() -> Task<> { co_await juggle::sleep_for(2ms); }());
    CHECK(epoll.sleeps > 0);
}

TEST_CASE("an idle source and a foreign loop's wake_up exclude each other") {
    Epoll epoll;
    ExecutorOptions options = sleeping_in(epoll);
    options.wake_up = [] {};
    CHECK_THROWS_AS(Executor{options}, std::invalid_argument);
    CHECK_THROWS_WITH(Executor{options}, Catch::Contains("options.idle and options.wake_up"));
}

TEST_CASE("an idle source is for one executor at a time") {
    Epoll epoll;
    {
        Executor executor{sleeping_in(epoll)};
        CHECK_THROWS_WITH(Executor{sleeping_in(epoll)},
                          Catch::Contains("the idle source of another executor"));
        executor.run(support::yield_times(1));
    }
    Executor next{sleeping_in(epoll)};
    next.run(support::yield_times(1));
}

TEST_CASE("idle source: no wake runs any more when the executor is gone", "[threads]") {
    class Node final : public juggle::PostNode {
    public:
        Node() : PostNode{&Node::run} {}

    private:
        static void run(PostNode&) noexcept {}
    };
    for (int round = 0; round < 300; ++round) {
        Node node;
        std::thread poster;
        {
            Epoll epoll;  // an eventfd that is closed may be another file next
            Executor executor{sleeping_in(epoll)};
            poster = std::thread{[&node, post = executor.poster()] { post.post(node); }};
            executor.run([]() -> Task<> { co_await juggle::sleep_for(20us); }());
        }
        poster.join();
    }
}

TEST_CASE("idle source: posts of several threads all arrive, asleep or not", "[threads]") {
    constexpr int thread_count = 3;
    constexpr int posts = 2000;
    Epoll epoll;
    Executor executor{sleeping_in(epoll)};
    int arrived = 0;
    std::vector<std::thread> threads;
    juggle::AsyncEvent all;
    for (int index = 0; index < thread_count; ++index) {
        threads.emplace_back([&executor, &arrived, &all, keeps = executor.poster()] {
            for (int number = 0; number < posts; ++number) {
                executor.post([&arrived, &all] {
                    if (++arrived == thread_count * posts) {
                        all.set();
                    }
                });
                if (number % 16 == 0) {
                    std::this_thread::yield();
                }
            }
        });
    }
    executor.run(wait_until_set(all));
    CHECK(arrived == thread_count * posts);
    for (std::thread& thread : threads) {
        thread.join();
    }
}

#endif
