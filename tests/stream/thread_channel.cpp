// Bringing values from other threads to tasks.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/first_wins.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/executor.hpp>
#include <juggle/thread_channel.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::ThreadChannel;
using juggle::ThreadProducer;
using support::exception_of;
using support::is;
using support::yield_times;

namespace {

using Number = std::unique_ptr<int>;

Number number(int value) { return std::make_unique<int>(value); }

template <class T>
Task<std::optional<T>> pop(ThreadChannel<T>& channel) {
    std::optional<T> element = co_await channel.pop();
    co_return element;
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
constexpr int stress = 1;
#else
constexpr int stress = 4;
#endif

}  // namespace

static_assert(!std::is_move_constructible_v<ThreadChannel<int>>);
static_assert(std::is_copy_constructible_v<ThreadProducer<Number>>);
static_assert(std::is_nothrow_move_constructible_v<ThreadProducer<Number>>);
static_assert(noexcept(std::declval<ThreadProducer<Number>&>().try_push(Number{})));

// ---- on one thread ------------------------------------------------------------------------------

TEST_CASE("a new thread channel is open and empty and has the capacity that it was made with") {
    Executor executor;
    for (const std::size_t capacity : {1U, 3U, 16U}) {
        const ThreadChannel<Number> channel{executor, capacity};
        CHECK(channel.capacity() == capacity);
        CHECK(channel.empty());
        CHECK_FALSE(channel.closed());
        CHECK_FALSE(channel.producer().closed());
    }
}

TEST_CASE("a thread channel of no capacity, or of more than memory holds, is an invalid argument") {
    Executor executor;
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t capacity : {std::size_t{0}, most, most / 2, most / sizeof(Number)}) {
        const auto make = [&] { ThreadChannel<Number> channel{executor, capacity}; };
        CHECK_THROWS_AS(make(), std::invalid_argument);
        CHECK_THROWS_WITH(make(), Catch::Contains("ThreadChannel: argument 'capacity' is " +
                                                  std::to_string(capacity)));
    }
}

TEST_CASE("a thread channel that is made outside of an executor needs to be told which") {
    CHECK_THROWS_AS(ThreadChannel<int>{1}, std::logic_error);
    Executor executor;
    const auto main = []() -> Task<> {
        ThreadChannel<int> channel{1};
        ThreadProducer<int> producer = channel.producer();
        CHECK(producer.try_push(1));
        const std::optional<int> element = co_await channel.pop();
        CHECK(element == 1);
    };
    executor.run(main());
}

CO_TEST_CASE("elements come out in the order in which they went in, as many as the capacity") {
    for (const std::size_t capacity : {1U, 2U, 3U, 4U, 7U}) {
        ThreadChannel<Number> channel{executor, capacity};
        ThreadProducer<Number> producer = channel.producer();
        int next_in = 0;
        int next_out = 0;
        for (int round = 0; round < 20; ++round) {
            for (std::size_t count = 0; count < capacity; ++count) {
                CHECK(producer.try_push(number(next_in++)));
                CHECK(channel.size() == count + 1);
            }
            Number refused = number(-1);
            CHECK_FALSE(producer.try_push(std::move(refused)));
            CHECK(refused);  // NOLINT(bugprone-use-after-move)
            CHECK_FALSE(producer.closed());
            for (std::size_t count = 0; count < capacity; ++count) {
                const std::optional<Number> element = co_await channel.pop();
                REQUIRE(element);
                CHECK(**element == next_out++);
            }
            CHECK_FALSE(channel.try_pop());
        }
    }
}

CO_TEST_CASE("a pop of an element that is there does not suspend") {
    ThreadChannel<int> channel{executor, 1};
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    CHECK(channel.producer().try_push(1));
    const std::optional<int> element = co_await channel.pop();
    CHECK(element == 1);
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("what can be copied may be pushed as a copy from a thread") {
    ThreadChannel<std::string> channel{executor, 2};
    const std::string text(100, 'a');
    CHECK(channel.producer().try_push(text));
    CHECK(channel.producer().push(text));
    CHECK(channel.try_pop() == text);
    CHECK(channel.try_pop() == text);
    co_return;
}

CO_TEST_CASE("tasks that wait for threads are served in the order in which they came") {
    ThreadChannel<int> channel{executor, 8};
    ThreadProducer<int> producer = channel.producer();
    std::vector<JoinHandle<std::optional<int>>> popping;
    for (int count = 0; count < 4; ++count) {
        popping.push_back(executor.spawn(pop(channel)));
    }
    co_await yield_times(2);
    for (int value = 0; value < 5; ++value) {
        CHECK(producer.try_push(value));
    }
    CHECK(channel.try_pop() == 4);  // it does not overtake them
    for (int value = 0; value < 4; ++value) {
        const std::optional<int> element = co_await popping[static_cast<std::size_t>(value)];
        CHECK(element == value);
    }
}

TEST_CASE("elements that are left are destroyed with the channel, although producers live on") {
    Executor executor;
    const auto shared = std::make_shared<int>(0);
    ThreadProducer<std::shared_ptr<int>> producer;
    {
        ThreadChannel<std::shared_ptr<int>> channel{executor, 4};
        producer = channel.producer();
        for (int count = 0; count < 3; ++count) {
            CHECK(producer.try_push(shared));
        }
        CHECK(channel.try_pop());
        CHECK(shared.use_count() == 3);
    }
    CHECK(shared.use_count() == 1);
    CHECK(producer.closed());
    CHECK_FALSE(producer.try_push(shared));
    CHECK_FALSE(producer.push(shared));
    CHECK(shared.use_count() == 1);
}

TEST_CASE("a producer of no channel, or that was moved from, is as good as closed") {
    ThreadProducer<Number> none;
    Number element = number(1);
    CHECK(none.closed());
    CHECK_FALSE(none.try_push(std::move(element)));
    CHECK_FALSE(none.push(std::move(element)));  // NOLINT(bugprone-use-after-move)
    CHECK(element);                              // NOLINT(bugprone-use-after-move)
    none.close();

    Executor executor;
    ThreadChannel<Number> channel{executor, 1};
    ThreadProducer<Number> producer = channel.producer();
    ThreadProducer<Number> moved = std::move(producer);
    CHECK(producer.closed());  // NOLINT(bugprone-use-after-move)
    CHECK(moved.try_push(std::move(element)));
    none = moved;
    CHECK_FALSE(none.closed());
}

// ---- the end ------------------------------------------------------------------------------------

CO_TEST_CASE("what was pushed before the channel was closed can still be popped, then the end") {
    for (const bool by_producer : {false, true}) {
        ThreadChannel<Number> channel{executor, 3};
        ThreadProducer<Number> producer = channel.producer();
        CHECK(producer.try_push(number(1)));
        CHECK(producer.try_push(number(2)));
        by_producer ? producer.close() : channel.close();
        channel.close();  // changes nothing
        CHECK(channel.closed());
        Number refused = number(3);
        CHECK_FALSE(producer.try_push(std::move(refused)));
        CHECK_FALSE(producer.push(std::move(refused)));  // NOLINT(bugprone-use-after-move)
        CHECK(refused);                                  // NOLINT(bugprone-use-after-move)
        for (int value = 1; value < 3; ++value) {
            const std::optional<Number> element = co_await channel.pop();
            REQUIRE(element);
            CHECK(**element == value);
        }
        const std::optional<Number> end = co_await channel.pop();
        CHECK_FALSE(end);
        CHECK_FALSE(channel.try_pop());
    }
}

CO_TEST_CASE("a full channel can be closed, whatever its capacity") {
    for (std::size_t capacity = 1; capacity < 10; ++capacity) {
        ThreadChannel<int> channel{executor, capacity};
        ThreadProducer<int> producer = channel.producer();
        while (producer.try_push(1)) {}
        producer.close();
        std::size_t count = 0;
        while (co_await channel.pop()) {
            ++count;
        }
        CHECK(count == capacity);
    }
}

CO_TEST_CASE("tasks that wait for threads see the end when the channel is closed") {
    for (const bool by_producer : {false, true}) {
        ThreadChannel<int> channel{executor, 1};
        ThreadProducer<int> producer = channel.producer();
        const JoinHandle<std::optional<int>> first = executor.spawn(pop(channel));
        const JoinHandle<std::optional<int>> second = executor.spawn(pop(channel));
        co_await yield_times(2);
        CHECK(producer.try_push(1));
        by_producer ? producer.close() : channel.close();
        const std::optional<int> element = co_await first;
        const std::optional<int> end = co_await second;
        CHECK(element == 1);
        CHECK_FALSE(end);
    }
}

TEST_CASE("a channel that outlives its executor is closed; what is in it can be taken out") {
    std::optional<Executor> executor{std::in_place};
    ThreadChannel<int> channel{*executor, 2};
    ThreadProducer<int> producer = channel.producer();
    CHECK(producer.try_push(1));
    executor.reset();
    CHECK(channel.closed());
    CHECK_FALSE(producer.push(2));
    CHECK(channel.try_pop() == 1);
    CHECK_FALSE(channel.try_pop());
}

TEST_CASE("an executor may be destroyed while tasks wait to pop") {
    support::Reports reports;
    const auto popping = [](ThreadChannel<int>& channel) -> Task<> {
        for (;;) {
            try {
                if (!co_await channel.pop()) {
                    co_return;
                }
            } catch (const Cancelled&) {}
        }
    };
    const auto owning = [](Executor& executor) -> Task<> {
        ThreadChannel<int> channel{executor, 1};
        for (;;) {
            try {
                (void)co_await channel.pop();
            } catch (const Cancelled&) {}
        }
    };
    for (const bool pushed : {false, true}) {
        std::optional<Executor> executor{std::in_place, reports.options()};
        ThreadChannel<int> channel{*executor, 1};
        executor->spawn(popping(channel)).detach();
        executor->spawn(owning(*executor)).detach();
        (void)executor->poll();
        if (pushed) {
            CHECK(channel.producer().try_push(1));  // the post is on its way
        }
        executor.reset();
        CHECK_FALSE(channel.producer().try_push(2));
    }
    CHECK(reports.empty());
}

TEST_CASE("a channel may be destroyed while its post is on the way") {
    support::PolledExecutor polled;
    auto channel = std::make_unique<ThreadChannel<int>>(polled.executor, 1U);
    const JoinHandle<std::optional<int>> popping = polled.executor.spawn(pop(*channel));
    polled.settle();
    CHECK(channel->producer().try_push(1));
    popping.request_stop();
    channel.reset();
    polled.settle();
    CHECK(popping.done());
}

TEST_CASE("a debug build aborts when a thread channel dies under a waiting task") {
    support::check_task_aborts("ThreadChannel", [](Executor& executor) -> Task<> {
        auto channel = std::make_unique<ThreadChannel<int>>(executor, 1U);
        const JoinHandle<std::optional<int>> popping = executor.spawn(pop(*channel));
        co_await juggle::yield();
        channel.reset();
    });
}

TEST_CASE("a debug build aborts when a push would block the executor's own thread") {
    support::check_task_aborts("ThreadProducer::push", [](Executor& executor) -> Task<> {
        ThreadChannel<int> channel{executor, 1};
        ThreadProducer<int> producer = channel.producer();
        (void)producer.push(1);
        (void)producer.push(2);
        co_return;
    });
}

TEST_CASE("a debug build aborts when another thread pops from a thread channel, or closes it",
          "[threads]") {
    const std::pair<const char*, void (*)(ThreadChannel<int>&)> calls[] = {
        {"ThreadChannel::try_pop", [](ThreadChannel<int>& channel) { (void)channel.try_pop(); }},
        {"ThreadChannel::close", [](ThreadChannel<int>& channel) { channel.close(); }},
        {"ThreadChannel::pop",
         [](ThreadChannel<int>& channel) {
             Executor other;
             (void)other.run(pop(channel));
         }},
    };
    for (const auto& [function, call] : calls) {
        INFO(function);
        support::check_aborts("juggle: " + std::string{function} +
                                  " was called by a thread that is not the executor's; other "
                                  "threads use a juggle::Poster\n",
                              [use = call] {
                                  Executor executor;
                                  ThreadChannel<int> channel{executor, 1};
                                  std::thread{[&] { use(channel); }}.join();
                              });
    }
}

// ---- cancellation and races ---------------------------------------------------------------------

CO_TEST_CASE(
    "a popper of a thread channel that is cancelled takes nothing, and those behind it move up") {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
        ThreadChannel<int> channel{executor, 4};
        ThreadProducer<int> producer = channel.producer();
        std::vector<JoinHandle<std::optional<int>>> popping;
        for (int count = 0; count < 3; ++count) {
            popping.push_back(executor.spawn(pop(channel)));
        }
        co_await yield_times(2);
        popping[cancelled].request_stop();
        for (int value = 1; value < 4; ++value) {
            CHECK(producer.try_push(value));
        }
        int next = 1;
        for (std::size_t index = 0; index < 3; ++index) {
            if (index == cancelled) {
                const std::exception_ptr error = co_await exception_of(popping[index]);
                CHECK(is<Cancelled>(error));
            } else {
                const std::optional<int> element = co_await popping[index];
                CHECK(element == next++);
            }
        }
        CHECK(channel.try_pop() == 3);
    }
}

CO_TEST_CASE("a pop works after all that waited before it were cancelled") {
    ThreadChannel<int> channel{executor, 4};
    ThreadProducer<int> producer = channel.producer();
    for (int round = 0; round < 10; ++round) {
        const JoinHandle<std::optional<int>> stopped = executor.spawn(pop(channel));
        co_await juggle::yield();
        stopped.request_stop();
        const JoinHandle<std::optional<int>> popping = executor.spawn(pop(channel));
        co_await yield_times(round % 4);
        CHECK(producer.try_push(round));
        const std::optional<int> element = co_await popping;
        CHECK(element == round);
        const std::exception_ptr error = co_await exception_of(stopped);
        CHECK(is<Cancelled>(error));
    }
}

CO_TEST_CASE("a popper that was served before the stop request came goes on with its element") {
    ThreadChannel<Number> channel{executor, 1};
    const JoinHandle<std::optional<Number>> popping = executor.spawn(pop(channel));
    co_await juggle::yield();
    CHECK(channel.producer().try_push(number(1)));
    CHECK_FALSE(channel.try_pop());  // serves it
    popping.request_stop();
    const std::optional<Number> element = co_await popping;
    REQUIRE(element);
    CHECK(**element == 1);
}

CO_TEST_CASE("a stop request that is pending is seen by the pop that would suspend") {
    ThreadChannel<int> channel{executor, 1};
    CHECK(channel.producer().try_push(1));
    JoinHandle<> handle;
    std::optional<int> first;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        first = co_await channel.pop();
        (void)co_await channel.pop();
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(first == 1);
    CHECK(channel.producer().try_push(2));
    CHECK(channel.try_pop() == 2);  // nobody is left in the line
}

namespace {

/// Elements that come now and then, and a task that pops them and is stopped.
struct Stream {
    explicit Stream(Executor& executor) : channel{executor, 2}, victim{executor.spawn(consume())} {
        executor.spawn(produce(channel.producer())).detach();
    }

    Task<> produce(ThreadProducer<Number> producer) {
        for (int value = 0; value < 6; ++value) {
            pushed += producer.try_push(number(value)) ? 1 : 0;
            co_await yield_times(value % 3);
        }
        producer.close();
    }
    Task<> consume() {
        while (const std::optional<Number> element = co_await channel.pop()) {
            ++popped;
            co_await yield_times(popped % 2);
        }
    }
    void check() {
        while (channel.try_pop()) {
            ++popped;
        }
        CHECK(pushed == popped);
    }

    ThreadChannel<Number> channel;
    int pushed = 0;
    int popped = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that pops from a thread channel may be stopped at every turn") {
    support::stop_after_every_turn<Stream>();
}

CO_TEST_CASE("of poppers that race for what threads push one gets an element, the next goes on") {
    ThreadChannel<int> channel{executor, 4};
    ThreadProducer<int> producer = channel.producer();
    std::vector<JoinHandle<std::optional<int>>> popping;
    support::FirstWins race;
    for (int count = 0; count < 4; ++count) {
        popping.push_back(executor.spawn(pop(channel)));
        if (count != 2) {
            race.add(popping.back());
        }
    }
    co_await yield_times(2);
    for (int value = 1; value < 4; ++value) {
        CHECK(producer.try_push(value));
    }
    const std::optional<int> first = co_await popping[0];
    const std::exception_ptr second = co_await exception_of(popping[1]);
    const std::optional<int> third = co_await popping[2];
    const std::exception_ptr fourth = co_await exception_of(popping[3]);
    CHECK(first == 1);
    CHECK(is<Cancelled>(second));
    CHECK(third == 2);
    CHECK(is<Cancelled>(fourth));
    CHECK(channel.try_pop() == 3);
}

CO_TEST_CASE("a race between two thread channels takes from one of them only") {
    ThreadChannel<int> left{executor, 1};
    ThreadChannel<int> right{executor, 1};
    const JoinHandle<std::optional<int>> from_left = executor.spawn(pop(left));
    const JoinHandle<std::optional<int>> from_right = executor.spawn(pop(right));
    support::FirstWins race;
    race.add(from_left);
    race.add(from_right);
    co_await yield_times(2);
    CHECK(left.producer().try_push(1));
    CHECK(right.producer().try_push(2));
    const std::optional<int> element = co_await from_left;
    const std::exception_ptr error = co_await exception_of(from_right);
    CHECK(element == 1);
    CHECK(is<Cancelled>(error));
    CHECK(right.try_pop() == 2);
}

// ---- other threads ------------------------------------------------------------------------------

TEST_CASE("a push from another thread wakes an executor that sleeps", "[threads]") {
    constexpr int rounds = 2000;
    Executor executor;
    ThreadChannel<int> channel{executor, 1};
    std::atomic<int> popped{0};
    const std::jthread thread{[producer = channel.producer(), &popped]() mutable {
        for (int round = 0; round < rounds; ++round) {
            (void)producer.push(round);
            popped.wait(round);  // the executor has nothing to do again
        }
    }};
    const auto main = [&]() -> Task<> {
        for (int round = 0; round < rounds; ++round) {
            const std::optional<int> element = co_await channel.pop();
            CHECK(element == round);
            popped.fetch_add(1);
            popped.notify_one();
        }
    };
    executor.run(main());
}

TEST_CASE("a thread that pushes sleeps until there is room", "[threads]") {
    constexpr int elements = 20'000 * stress;
    for (const std::size_t capacity : {1U, 2U, 5U}) {
        Executor executor;
        ThreadChannel<int> channel{executor, capacity};
        const std::jthread thread{[producer = channel.producer()]() mutable {
            for (int value = 0; value < elements; ++value) {
                (void)producer.push(value);
            }
            producer.close();
        }};
        int next = 0;
        bool in_order = true;
        bool within_capacity = true;
        const auto main = [&]() -> Task<> {
            while (const std::optional<int> element = co_await channel.pop()) {
                in_order = in_order && *element == next;
                within_capacity = within_capacity && channel.size() <= capacity;
                ++next;
            }
        };
        executor.run(main());
        CHECK(in_order);
        CHECK(within_capacity);
        CHECK(next == elements);
    }
}

TEST_CASE("threads that sleep in push are woken by a close, each way to close", "[threads]") {
    for (int way = 0; way < 4; ++way) {
        std::optional<Executor> executor{std::in_place};
        auto channel = std::make_unique<ThreadChannel<Number>>(*executor, 1U);
        ThreadProducer<Number> producer = channel->producer();
        CHECK(producer.try_push(number(0)));
        std::atomic<int> refused{0};
        std::latch started{4};
        {
            std::vector<std::jthread> threads;
            for (int count = 0; count < 4; ++count) {
                threads.emplace_back([&started, &refused, mine = producer]() mutable {
                    Number element = number(1);
                    started.count_down();
                    if (!mine.push(std::move(element)) && element) {
                        ++refused;
                    }
                });
            }
            started.wait();
            switch (way) {
                case 0:
                    producer.close();
                    break;
                case 1:
                    channel->close();
                    break;
                case 2:
                    channel.reset();
                    break;
                default:
                    executor.reset();
                    break;
            }
        }
        CHECK(refused == 4);
        channel.reset();
    }
}

namespace {

/// An element that takes as long to be moved as the test wants: the next move waits.
class SlowToMove {
public:
    struct Gate {
        std::latch entered{1};
        std::latch open{1};
    };

    SlowToMove(std::shared_ptr<int> shared, Gate* gate) : shared_{std::move(shared)}, gate_{gate} {}
    SlowToMove(SlowToMove&& other) noexcept : shared_{std::move(other.shared_)} {
        if (Gate* gate = std::exchange(other.gate_, nullptr)) {
            gate->entered.count_down();
            gate->open.wait();
        }
    }

private:
    std::shared_ptr<int> shared_;
    Gate* gate_ = nullptr;
};

}  // namespace

TEST_CASE("an element that is being put in when the channel dies is destroyed", "[threads]") {
    support::PolledExecutor polled;
    const auto shared = std::make_shared<int>(0);
    SlowToMove::Gate gate;
    auto channel = std::make_unique<ThreadChannel<SlowToMove>>(polled.executor, 2U);
    ThreadProducer<SlowToMove> producer = channel->producer();
    std::jthread thread{
        [&producer, &gate, shared] { CHECK_NOTHROW(producer.push(SlowToMove{shared, &gate})); }};
    gate.entered.wait();
    CHECK(channel->size() == 1);
    CHECK_FALSE(channel->try_pop());
    channel.reset();
    gate.open.count_down();
    thread.join();
    CHECK(shared.use_count() == 1);
}

TEST_CASE("an element that is being put in when the channel is closed is still popped",
          "[threads]") {
    for (const bool waits : {false, true}) {
        support::PolledExecutor polled;
        const auto shared = std::make_shared<int>(0);
        SlowToMove::Gate gate;
        ThreadChannel<SlowToMove> channel{polled.executor, 2};
        ThreadProducer<SlowToMove> producer = channel.producer();
        std::jthread thread{
            [&producer, &gate, shared] { (void)producer.push(SlowToMove{shared, &gate}); }};
        gate.entered.wait();
        int popped = 0;
        const auto popping = [&]() -> Task<> {
            while (co_await channel.pop()) {
                ++popped;
            }
        };
        JoinHandle<> handle;
        if (waits) {
            handle = polled.executor.spawn(popping());
            polled.settle();
        }
        producer.close();
        polled.settle();
        CHECK_FALSE(channel.try_pop());
        if (!waits) {
            handle = polled.executor.spawn(popping());
            polled.settle();
        }
        CHECK_FALSE(handle.done());
        gate.open.count_down();
        thread.join();
        polled.settle();
        CHECK(handle.done());
        CHECK(popped == 1);
    }
}

namespace {

/// Threads that push until the channel is closed, half of them without waiting; the elements are
/// counted where they are taken in.
class Producers {
public:
    using Element = std::shared_ptr<int>;

    Producers(const ThreadProducer<Element>& producer, const Element& element) {
        for (int count = 0; count < 4; ++count) {
            threads_.emplace_back([this, count, producer, element]() mutable {
                while (!producer.closed()) {
                    Element copy = element;
                    const bool taken = count % 2 == 0 ? producer.push(std::move(copy))
                                                      : producer.try_push(std::move(copy));
                    if (taken) {
                        pushed_.fetch_add(1, std::memory_order_relaxed);
                    } else if (!copy) {
                        touched_ = true;
                    } else if (count % 2 != 0) {
                        std::this_thread::yield();
                    }
                }
            });
        }
    }

    void join() { threads_.clear(); }
    int pushed() const { return pushed_.load(); }
    /// Whether an element was lost that a push has refused.
    bool touched() const { return touched_.load(); }

private:
    std::atomic<int> pushed_{0};
    std::atomic<bool> touched_{false};
    std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("every element is popped although poppers are stopped and the channel is closed",
          "[threads]") {
    const auto element = std::make_shared<int>(0);
    for (int round = 0; round < 20 * stress; ++round) {
        Executor executor;
        ThreadChannel<Producers::Element> channel{executor,
                                                  static_cast<std::size_t>(round % 5 + 1)};
        Producers producers{channel.producer(), element};
        int popped = 0;
        const auto popping = [&]() -> Task<> {
            while (co_await channel.pop()) {
                ++popped;
            }
        };
        const auto main = [&]() -> Task<> {
            std::vector<JoinHandle<>> handles;
            for (int turn = 0; turn < 200; ++turn) {
                if (handles.size() < 4) {
                    handles.push_back(executor.spawn(popping()));
                } else {
                    const auto victim = handles.begin() + turn % 4;
                    victim->request_stop();
                    (void)co_await exception_of(*victim);
                    handles.erase(victim);
                }
                co_await yield_times(turn % 7);
            }
            round % 2 == 0 ? channel.close() : channel.producer().close();
            for (const JoinHandle<>& handle : handles) {
                co_await handle;
            }
        };
        executor.run(main());
        producers.join();
        CHECK(popped == producers.pushed());
        CHECK_FALSE(producers.touched());
    }
    CHECK(element.use_count() == 1);
}

TEST_CASE("a channel may be destroyed while threads push to it", "[threads]") {
    const auto element = std::make_shared<int>(0);
    for (int round = 0; round < 50 * stress; ++round) {
        Executor executor;
        auto channel = std::make_unique<ThreadChannel<Producers::Element>>(
            executor, static_cast<std::size_t>(round % 5 + 1));
        Producers producers{channel->producer(), element};
        const auto main = [&]() -> Task<> {
            for (int count = 0; count < round; ++count) {
                (void)co_await channel->pop();
            }
            channel.reset();
        };
        executor.run(main());
        producers.join();
        CHECK(producers.pushed() >= round);
        CHECK_FALSE(producers.touched());
    }
    CHECK(element.use_count() == 1);
}

TEST_CASE("an executor may be destroyed while threads push to it", "[threads]") {
    const auto element = std::make_shared<int>(0);
    for (int round = 0; round < 50 * stress; ++round) {
        std::optional<Executor> executor{std::in_place};
        ThreadChannel<Producers::Element> channel{*executor,
                                                  static_cast<std::size_t>(round % 5 + 1)};
        Producers producers{channel.producer(), element};
        int popped = 0;
        const auto popping = [&]() -> Task<> {
            while (co_await channel.pop()) {
                ++popped;
            }
        };
        const auto main = [&]() -> Task<> {
            for (int count = 0; count < round; ++count) {
                (void)co_await channel.pop();
                ++popped;
            }
        };
        executor->run(main());
        if (round % 2 == 0) {
            executor->spawn(popping()).detach();
            (void)executor->poll();
        }
        executor.reset();
        producers.join();
        while (channel.try_pop()) {
            ++popped;
        }
        CHECK(popped == producers.pushed());
        CHECK_FALSE(producers.touched());
    }
    CHECK(element.use_count() == 1);
}

// ---- cost ---------------------------------------------------------------------------------------

CO_TEST_CASE("pushing and popping allocate nothing in the steady state") {
    ThreadChannel<int> channel{executor, 4};
    ThreadProducer<int> producer = channel.producer();
    const auto cycle = [&]() -> Task<> {
        const JoinHandle<std::optional<int>> popping = executor.spawn(pop(channel));
        co_await juggle::yield();
        for (int value = 0; value < 4; ++value) {
            CHECK(producer.try_push(value));
        }
        (void)co_await popping;
        for (int value = 1; value < 4; ++value) {
            const std::optional<int> element = co_await channel.pop();
            CHECK(element == value);
        }
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

CO_TEST_CASE("a thread that pushes and sleeps allocates nothing", "[threads]") {
    ThreadChannel<int> channel{executor, 1};
    std::atomic<std::uint64_t> allocations{0};
    std::jthread thread{[&allocations, producer = channel.producer()]() mutable {
        (void)producer.push(0);
        const support::AllocationCounter counter;
        for (int value = 1; value < 100; ++value) {
            (void)producer.push(value);
        }
        allocations = counter.on_this_thread();
        producer.close();
    }};
    while (co_await channel.pop()) {}
    thread.join();
    CHECK(allocations == 0);
}
