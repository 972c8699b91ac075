// bridge::Waiter: an await that something outside ends, and bridge::service and bridge::Poller,
// from which a bridge around it is made.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/bridge/poller.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/bridge/waiter.hpp>
#include <juggle/juggle.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::Poster;
using juggle::Task;
using juggle::TimePoint;
using juggle::bridge::Waiter;
using support::contains;
using support::exception_of;
using support::is;

using namespace std::chrono_literals;

namespace {

/// What a device does with a wait that begins or is to end early.
enum class Device { at_once, later, never };

/// A wait for a number, which the test hands it.
class Number final : public Waiter {
public:
    explicit Number(Device cancels = Device::at_once, Device completes = Device::later)
        : cancels_{cancels}, completes_{completes} {}

    int await_resume() {
        throw_if_stopped();
        return std::exchange(value, 0);
    }

    std::function<void()> on_start{};
    int value = 0;
    int started = 0;
    int cancelled = 0;
    Executor* seen = nullptr;

private:
    void start() override {
        ++started;
        seen = &executor();
        if (on_start) {
            on_start();
        }
        if (completes_ == Device::at_once) {
            value = 7;
            complete();
        } else if (completes_ == Device::never) {
            throw std::runtime_error{"the device is off"};
        }
    }
    void cancel() noexcept override {
        ++cancelled;
        if (cancels_ == Device::at_once) {
            give_up();
        }
    }
    std::string describe() const override { return "number " + std::to_string(started); }

    Device cancels_;
    Device completes_;
};

Task<int> await_number(Number& number) { co_return co_await number; }

/// Its value, and whether the next await finds a stop request.
Task<std::pair<int, bool>> await_number_and_more(Number& number) {
    const int value = co_await number;
    const std::exception_ptr next = co_await exception_of(juggle::sleep_for(1h));
    co_return std::pair{value, is<Cancelled>(next)};
}

}  // namespace

CO_TEST_CASE("a waiter may complete while it is started: the task does not suspend") {
    Number number{Device::at_once, Device::at_once};
    const int value = co_await number;
    CHECK(value == 7);
    CHECK(number.seen == &executor);
    const int again = co_await number;
    CHECK(again == 7);
    CHECK(number.started == 2);
}

CO_TEST_CASE("a waiter is completed by another task") {
    Number number;
    auto handle = executor.spawn(await_number(number));
    co_await support::yield_times(2);
    CHECK_FALSE(handle.done());
    number.value = 3;
    number.complete();
    const int value = co_await handle;
    CHECK(value == 3);
}

CO_TEST_CASE("what start throws is thrown by the await, and nothing waits") {
    Number number{Device::at_once, Device::never};
    const std::exception_ptr error = co_await exception_of(await_number(number));
    CHECK(support::text_of(error) == "the device is off");
    CHECK(number.cancelled == 0);
}

CO_TEST_CASE("a waiter that gives up ends with Cancelled") {
    Number number;
    auto handle = executor.spawn(await_number(number));
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(std::move(handle));
    CHECK(is<Cancelled>(error));
    CHECK(number.cancelled == 1);
}

CO_TEST_CASE("a stop request that comes before the wait leaves it unstarted") {
    Number number;
    auto handle = executor.spawn(await_number_and_more(number));
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(std::move(handle));
    CHECK(is<Cancelled>(error));
    CHECK(number.started == 0);
}

CO_TEST_CASE("what a waiter is handed while it is stopped counts; the request is left for later") {
    Number number{Device::later};
    auto handle = executor.spawn(await_number_and_more(number));
    co_await juggle::yield();
    handle.request_stop();
    co_await support::yield_times(3);
    CHECK(number.cancelled == 1);
    CHECK_FALSE(handle.done());
    number.value = 5;
    number.complete();
    const auto [value, stopped] = co_await handle;
    CHECK(value == 5);
    CHECK(stopped);
}

CO_TEST_CASE("a waiter that was asked to stop may give up later") {
    Number number{Device::later};
    auto handle = executor.spawn(await_number(number));
    co_await juggle::yield();
    handle.request_stop();
    co_await support::yield_times(3);
    number.give_up();
    const std::exception_ptr error = co_await exception_of(std::move(handle));
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a waiter that was given up can be awaited again") {
    Number number;
    for (int round = 0; round < 3; ++round) {
        auto stopped = executor.spawn(await_number(number));
        co_await juggle::yield();
        stopped.request_stop();
        const std::exception_ptr error = co_await exception_of(std::move(stopped));
        CHECK(is<Cancelled>(error));
        auto served = executor.spawn(await_number(number));
        co_await juggle::yield();
        number.value = round + 1;
        number.complete();
        const int value = co_await served;
        CHECK(value == round + 1);
    }
}

CO_TEST_CASE("a race goes on without the waiter that lost it") {
    Number slow{Device::later};
    Number quick;
    auto race = executor.spawn([](Number& first, Number& second) -> Task<int> {
        const auto winner = co_await juggle::when_any(first, second);
        co_return winner.index() == 0 ? std::get<0>(winner) : 100 + std::get<1>(winner);
    }(slow, quick));
    co_await support::yield_times(2);
    CHECK(quick.try_commit());
    CHECK_FALSE(slow.try_commit());
    CHECK(quick.try_commit());
    quick.value = 1;
    quick.complete();
    slow.give_up();
    const int value = co_await race;
    CHECK(value == 101);
    CHECK(slow.cancelled == 1);
}

namespace {

/// A thread that answers when a wait has begun.
class Counter {
public:
    Counter(Executor& executor, Number& number, int value)
        : thread_{[this, &number, value, poster = executor.poster()] {
              asked_.wait(false);
              number.value = value;
              number.post_completion();
          }} {
        number.on_start = [this] {
            asked_ = true;
            asked_.notify_one();
        };
    }
    ~Counter() { thread_.join(); }
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;

private:
    std::atomic<bool> asked_{false};
    std::thread thread_;
};

}  // namespace

TEST_CASE("another thread completes a waiter, and keeps the executor from a deadlock",
          "[threads]") {
    for (int round = 0; round < 100; ++round) {
        Number number;
        Executor executor;
        const Counter counter{executor, number, 4};
        CHECK(executor.run(await_number(number)) == 4);
    }
}

TEST_CASE("an executor that is destroyed waits for a waiter that cannot be given up at once",
          "[threads]") {
    for (const bool asked_before : {false, true}) {
        Number number{Device::later};
        std::optional<Counter> counter;
        int value = 0;
        {
            Executor executor;
            counter.emplace(executor, number, 9);
            auto task = [](Number& awaited, bool sleeps, int& result) -> Task<> {
                if (sleeps) {  // which the stop request ends
                    (void)co_await exception_of(juggle::sleep_for(1h));
                }
                result = co_await awaited;
            };
            executor.spawn(task(number, asked_before, value)).detach();
            (void)executor.poll();
        }
        CHECK(number.cancelled == 1);
        CHECK(number.value + value == 9);
        CHECK((value == 9) == !asked_before);  // otherwise the task was destroyed, but not before
    }
}

TEST_CASE("a wait that nothing outside can end is a deadlock, and described there") {
    Number number;
    Executor executor;
    try {
        executor.run(await_number(number));
        FAIL("it waits for ever");
    } catch (const juggle::Deadlock& deadlock) {
        CHECK_THAT(deadlock.what(), Catch::Contains("waits for number 1"));
        CHECK_THAT(deadlock.what(), Catch::Contains("bridge_waiter.cpp"));
    }
    CHECK(number.cancelled == 1);
}

TEST_CASE("the watchdog tells of a waiter") {
    support::Reports reports;
    juggle::ManualClock clock{false};
    juggle::ExecutorOptions options = reports.options(&clock);
    options.wake_up = [] {};
    options.report_waits_after = 4s;
    Number number;
    Executor executor{options};
    executor.spawn(await_number(number)).detach();
    for (int second = 0; second < 6; ++second) {
        clock.advance(1s);
        (void)executor.poll();
    }
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(contains(reports.diagnostics[0], "number 1"));
}

TEST_CASE("what cannot be right with a waiter aborts the program, with a word about it") {
    support::check_aborts_in_every_build("bridge::Waiter::complete was called, and no task", [] {
        Number number;
        Executor executor;
        auto handle = executor.spawn(await_number(number));
        (void)executor.poll();
        number.complete();
        number.complete();
    });
    support::check_aborts_in_every_build("give_up was called without a stop request", [] {
        Number number;
        Executor executor;
        auto handle = executor.spawn(await_number(number));
        (void)executor.poll();
        number.give_up();
    });
    support::check_aborts_in_every_build("a bridge::Waiter was destroyed while a task waits in it",
                                         [] {
                                             Executor executor;
                                             std::optional<Number> number{std::in_place};
                                             auto handle = executor.spawn(await_number(*number));
                                             (void)executor.poll();
                                             number.reset();
                                         });
    support::check_aborts_in_every_build("bridge::Waiter::try_commit was called, and no task", [] {
        Number number;
        (void)number.try_commit();
    });
}

CO_TEST_CASE("a waiter in which a task waits cannot be awaited by another") {
    Number number;
    auto first = executor.spawn(await_number(number));
    co_await juggle::yield();
    const std::exception_ptr error = co_await exception_of(await_number(number));
    CHECK(is<std::logic_error>(error));
    CHECK(contains(support::text_of(error), "number 1"));
    number.value = 6;
    number.complete();
    const int value = co_await first;
    CHECK(value == 6);
}

CO_TEST_CASE("a waiter that cannot be described is in the report all the same") {
    class Odd final : public Waiter {
    public:
        enum class State { on, off };  // no name of the base class hides it
        void await_resume() const { throw_if_stopped(); }

    private:
        void start() override { state_ = State::on; }
        void cancel() noexcept override { give_up(); }
        std::string describe() const override {
            throw std::runtime_error{state_ == State::on ? "on" : "off"};
        }
        State state_ = State::off;
    };
    Odd odd;
    auto handle = executor.spawn([](Odd& awaited) -> Task<> { co_await awaited; }(odd));
    co_await juggle::yield();
    CHECK_THAT(executor.describe(),
               Catch::Contains("waits for something that cannot be described"));
    handle.request_stop();
    (void)co_await exception_of(std::move(handle));
}

TEST_CASE("a deadlock is told of where a wait does not end that was asked to") {
    Number number{Device::later};
    juggle::ExecutorOptions options;
    std::string told;
    options.on_diagnostic = [&](std::string_view line) {
        told = line;
        number.complete();
    };
    Executor executor{options};
    CHECK_THROWS_AS(executor.run(await_number(number)), juggle::Deadlock);
    CHECK_THAT(told, Catch::Contains("juggle: deadlock: ") && Catch::Contains("number 1"));
}

// ---- a queue whose readers race
// ------------------------------------------------------------------

namespace {

class Reader;

/// Numbers that come from somewhere, each for one reader.
class Numbers {
public:
    void put(int number);

    std::deque<int> ready;
    std::deque<Reader*> readers;
};

class Reader final : public Waiter {
public:
    explicit Reader(Numbers& numbers) noexcept : numbers_{numbers} {}
    // What is there is taken in await_resume, which follows at once.
    [[nodiscard]] bool await_ready() const noexcept { return !numbers_.ready.empty(); }
    int await_resume() {
        throw_if_stopped();
        if (!number) {
            number = numbers_.ready.front();
            numbers_.ready.pop_front();
        }
        return *number;
    }
    std::optional<int> number;

private:
    void start() override { numbers_.readers.push_back(this); }
    void cancel() noexcept override {
        std::erase(numbers_.readers, this);
        give_up();
    }
    std::string describe() const override { return "a number"; }

    Numbers& numbers_;
};

// [put]
void Numbers::put(int number) {
    while (!readers.empty()) {
        Reader& reader = *readers.front();
        readers.pop_front();  // first: others may be cancelled while it commits
        if (reader.try_commit()) {
            reader.number = number;
            reader.complete();
            return;
        }
        readers.push_back(&reader);  // it has lost a race, and its `cancel` is about to come
    }
    ready.push_back(number);
}
// [/put]

Task<> read_in_races(Numbers& one, Numbers& other, std::vector<int>& got) {
    for (;;) {
        const auto first = co_await juggle::when_any(Reader{one}, Reader{other});
        got.push_back(std::visit([](int number) { return number; }, first));
    }
}

}  // namespace

CO_TEST_CASE("a queue whose readers race loses nothing and doubles nothing") {
    Numbers one;
    Numbers other;
    std::vector<int> got;
    juggle::TaskGroup group;
    for (int reader = 0; reader < 3; ++reader) {
        group.spawn(read_in_races(one, other, got));
    }
    constexpr int count = 200;
    for (int number = 0; number < count; ++number) {
        (number % 3 == 0 ? one : other).put(number);
        co_await support::yield_times(number % 4);
    }
    co_await support::yield_times(8);
    group.request_stop();
    (void)co_await exception_of(group.join());
    got.insert(got.end(), one.ready.begin(), one.ready.end());
    got.insert(got.end(), other.ready.begin(), other.ready.end());
    std::ranges::sort(got);
    REQUIRE(got.size() == count);
    for (int number = 0; number < count; ++number) {
        CHECK(got[static_cast<std::size_t>(number)] == number);
    }
    CHECK(one.readers.empty());
    CHECK(other.readers.empty());
}

// ---- bridge::service
// -----------------------------------------------------------------------------

namespace {

struct Log {
    std::vector<std::string> lines;
};

struct First {
    explicit First(Executor& executor) : home{executor} { ++made; }
    ~First() { --made; }
    First(const First&) = delete;
    First& operator=(const First&) = delete;
    Executor& home;
    static inline int made = 0;
};

struct Fails {
    explicit Fails(Executor&) {
        if (++tries == 1) {
            throw std::runtime_error{"no device"};
        }
    }
    static inline int tries = 0;
};

/// Is used by a task when that ends, and by its own destructor.
struct Second {
    explicit Second(Executor& executor) : first{juggle::bridge::service<First>(executor)} {}
    ~Second() { CHECK(First::made == 1); }
    Second(const Second&) = delete;
    Second& operator=(const Second&) = delete;
    First& first;
    int users = 0;
};

}  // namespace

TEST_CASE("a service is made once for each executor, and goes with it after those it uses") {
    {
        Executor executor;
        Executor other;
        First& first = juggle::bridge::service<First>(executor);
        CHECK(&first.home == &executor);
        CHECK(&juggle::bridge::service<First>(executor) == &first);
        CHECK(&juggle::bridge::service<First>(other) != &first);
        CHECK(First::made == 2);
    }
    CHECK(First::made == 0);
    {
        Executor executor;
        CHECK(&juggle::bridge::service<Second>(executor).first ==
              &juggle::bridge::service<First>(executor));
        executor
            .spawn([](Executor& home) -> Task<> {
                (void)co_await exception_of(juggle::sleep_for(1h));
                ++juggle::bridge::service<Second>(home).users;  // at the executor's end
            }(executor))
            .detach();
        (void)executor.poll();
    }
    CHECK(First::made == 0);
}

TEST_CASE("what a service's constructor throws is thrown, and it is tried again the next time") {
    Executor executor;
    CHECK_THROWS_WITH(juggle::bridge::service<Fails>(executor), "no device");
    (void)juggle::bridge::service<Fails>(executor);
    (void)juggle::bridge::service<Fails>(executor);
    CHECK(Fails::tries == 2);
}

TEST_CASE("a debug build aborts with a word about it when another thread asks for a service",
          "[threads]") {
    support::check_aborts("bridge::service was called by a thread", [] {
        Executor executor;
        std::thread{[&] { (void)juggle::bridge::service<First>(executor); }}.join();
    });
}

namespace {

struct AsksForItself {
    explicit AsksForItself(Executor& executor) {
        (void)juggle::bridge::service<AsksForItself>(executor);
    }
};

struct SpawnsAtItsEnd {
    explicit SpawnsAtItsEnd(Executor& executor) : home{executor} {}
    ~SpawnsAtItsEnd() {
        home.spawn([](std::shared_ptr<int> kept) -> Task<> {
                co_await juggle::yield();
                ++*kept;
            }(alive))
            .detach();
    }
    SpawnsAtItsEnd(const SpawnsAtItsEnd&) = delete;
    SpawnsAtItsEnd& operator=(const SpawnsAtItsEnd&) = delete;
    Executor& home;
    std::shared_ptr<int> alive = std::make_shared<int>();
};

}  // namespace

TEST_CASE("a service that asks for itself is told so") {
    Executor executor;
    CHECK_THROWS_WITH(juggle::bridge::service<AsksForItself>(executor),
                      Catch::Contains("the constructor of a service asks for itself"));
    CHECK_THROWS_AS(juggle::bridge::service<AsksForItself>(executor), std::logic_error);
}

TEST_CASE("tasks that a service spawns when it goes do not run, and are destroyed") {
    std::shared_ptr<int> alive;
    {
        Executor executor;
        alive = juggle::bridge::service<SpawnsAtItsEnd>(executor).alive;
    }
    CHECK(*alive == 0);
    CHECK(alive.use_count() == 1);
}

// ---- bridge::Poller
// ------------------------------------------------------------------------------

namespace {

/// Completes a wait when it has been asked so often, or when a time has come.
class Countdown final : public juggle::bridge::Poller {
public:
    explicit Countdown(Executor& executor) : Poller{executor} {}

    std::optional<TimePoint> poll() noexcept override {
        ++asked;
        if (waiter == nullptr) {
            return std::nullopt;
        }
        if (asks_left > 0 ? --asks_left == 0 : due && executor().now() >= *due) {
            waiter->value = 1;
            std::exchange(waiter, nullptr)->complete();
            return std::nullopt;
        }
        return asks_left > 0 ? TimePoint::min() : due;
    }

    Number* waiter = nullptr;
    int asked = 0;
    int asks_left = 0;
    std::optional<TimePoint> due;
};

}  // namespace

TEST_CASE("a poller is asked again and again while it wants to be at once") {
    Number number;
    support::TestExecutor test;
    auto& poller = juggle::bridge::service<Countdown>(test.executor);
    poller.waiter = &number;
    poller.asks_left = 100;
    CHECK(test.executor.run(await_number(number)) == 1);
    CHECK(poller.asked >= 100);
    CHECK(test.clock.now() == TimePoint{});  // no time was skipped
}

namespace {

/// Has something outstanding that ends no wait, and wants to be asked every second.
class Unawaited final : public juggle::bridge::Poller {
public:
    explicit Unawaited(Executor& executor) : Poller{executor} {}
    std::optional<TimePoint> poll() noexcept override {
        ++asked;
        return executor().now() + 1s;
    }
    bool is_awaited() const noexcept override { return false; }
    int asked = 0;
};

}  // namespace

TEST_CASE("a poller that ends no wait is asked while there is a timer, and hides no deadlock") {
    support::TestExecutor test;
    Unawaited poller{test.executor};
    test.executor.run([]() -> Task<> { co_await juggle::sleep_for(10s); }());
    CHECK(test.clock.now() == TimePoint{10s});
    CHECK(poller.asked >= 10);

    Number number;
    CHECK_THROWS_AS(test.executor.run(await_number(number)), juggle::Deadlock);
}

TEST_CASE("an executor sleeps no longer than its first poller wants it to") {
    Number first;
    Number second;
    support::TestExecutor test;
    Countdown early{test.executor};
    Countdown late{test.executor};
    early.waiter = &first;
    early.due = test.clock.now() + 2h;
    late.waiter = &second;
    late.due = test.clock.now() + 5h;
    test.executor.run([](Number& sooner, Number& later, Executor& executor) -> Task<> {
        const TimePoint start = executor.now();
        (void)co_await sooner;
        CHECK(executor.now() - start == 2h);
        co_await juggle::sleep_for(1h);
        CHECK(executor.now() - start == 3h);
        (void)co_await later;
        CHECK(executor.now() - start == 5h);
    }(first, second, test.executor));
}

TEST_CASE("a foreign loop is told when a poller wants to be asked") {
    Number number;
    support::PolledExecutor polled;
    Countdown poller{polled.executor};
    auto handle = polled.executor.spawn(await_number(number));
    polled.settle();
    CHECK_FALSE(polled.executor.next_deadline());
    poller.waiter = &number;
    poller.due = polled.clock.now() + 3s;
    (void)polled.executor.poll();
    CHECK(polled.executor.next_deadline() == polled.clock.now() + 3s);
    polled.clock.advance(3s);
    (void)polled.executor.poll();
    polled.settle();
    CHECK(handle.done());
}

TEST_CASE("an executor whose pollers have nothing outstanding may be in a deadlock") {
    Number number;
    support::TestExecutor test;
    Countdown poller{test.executor};
    CHECK_THROWS_AS(test.executor.run(await_number(number)), juggle::Deadlock);
    CHECK(poller.asked > 0);
}

TEST_CASE("a poller that goes away is asked no more") {
    Number number;
    support::TestExecutor test;
    {
        Countdown poller{test.executor};
        poller.waiter = &number;
        poller.due = test.clock.now() + 1h;
        (void)test.executor.poll();
    }
    CHECK_FALSE(test.executor.next_deadline());
    CHECK_THROWS_AS(test.executor.run(await_number(number)), juggle::Deadlock);
}

TEST_CASE("a poller may outlive its executor") {
    std::optional<Countdown> poller;
    {
        Executor executor;
        poller.emplace(executor);
        (void)executor.poll();
    }
    CHECK(poller->asked > 0);
}

TEST_CASE("an executor that ends goes on asking pollers as long as a wait cannot be given up") {
    Number number{Device::later};
    {
        support::TestExecutor test;
        auto& poller = juggle::bridge::service<Countdown>(test.executor);
        poller.waiter = &number;
        poller.asks_left = 20;
        test.executor.spawn(await_number(number)).detach();
        (void)test.executor.poll();
        CHECK(poller.asked < 20);
    }
    CHECK(number.cancelled == 1);
}
