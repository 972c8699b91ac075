// Bringing values from tasks to other threads.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/first_wins.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/async_event.hpp>
#include <juggle/channel_closed.hpp>
#include <juggle/channel_to_thread.hpp>
#include <juggle/deadlock.hpp>
#include <juggle/executor.hpp>
#include <juggle/thread_channel.hpp>
#include <juggle/yield.hpp>

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
using juggle::ChannelClosed;
using juggle::ChannelToThread;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::ThreadConsumer;
using support::exception_of;
using support::is;
using support::yield_times;

namespace {

using Number = std::unique_ptr<int>;

Number number(int value) { return std::make_unique<int>(value); }

template <class T>
Task<> push(ChannelToThread<T>& channel, T element) {
    co_await channel.push(std::move(element));
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
constexpr int stress = 1;
#else
constexpr int stress = 4;
#endif

}  // namespace

static_assert(!std::is_move_constructible_v<ChannelToThread<int>>);
static_assert(std::is_copy_constructible_v<ThreadConsumer<Number>>);
static_assert(noexcept(std::declval<ThreadConsumer<Number>&>().pop()));

// ---- on one thread ------------------------------------------------------------------------------

TEST_CASE("a new channel to threads is open and empty and has the capacity it was made with") {
    Executor executor;
    for (const std::size_t capacity : {1U, 3U, 16U}) {
        const ChannelToThread<Number> channel{executor, capacity};
        CHECK(channel.capacity() == capacity);
        CHECK(channel.empty());
        CHECK_FALSE(channel.closed());
        CHECK_FALSE(channel.consumer().closed());
        CHECK_FALSE(channel.consumer().try_pop());
    }
}

TEST_CASE("a channel to threads of no capacity, or more than memory holds, is refused") {
    Executor executor;
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t capacity : {std::size_t{0}, most, most / 2, most / sizeof(Number)}) {
        const auto make = [&] { ChannelToThread<Number> channel{executor, capacity}; };
        CHECK_THROWS_AS(make(), std::invalid_argument);
        CHECK_THROWS_WITH(make(), Catch::Contains("ChannelToThread: argument 'capacity' is " +
                                                  std::to_string(capacity)));
    }
}

TEST_CASE("a channel to threads that is made outside of an executor needs to be told which") {
    CHECK_THROWS_AS(ChannelToThread<int>{1}, std::logic_error);
    Executor executor;
    const auto main = []() -> Task<> {
        ChannelToThread<int> channel{1};
        co_await channel.push(1);
        CHECK(channel.consumer().try_pop() == 1);
    };
    executor.run(main());
}

CO_TEST_CASE("threads pop in the order in which tasks pushed, as many as the capacity") {
    for (const std::size_t capacity : {1U, 2U, 3U, 4U, 7U, 8U}) {
        ChannelToThread<Number> channel{executor, capacity};
        const ThreadConsumer<Number> consumer = channel.consumer();
        int next_in = 0;
        int next_out = 0;
        for (int round = 0; round < 20; ++round) {
            for (std::size_t count = 0; count < capacity; ++count) {
                CHECK(channel.size() == count);
                co_await channel.push(number(next_in++));
            }
            CHECK(channel.size() == capacity);
            Number refused = number(-1);
            CHECK_FALSE(channel.try_push(std::move(refused)));
            CHECK(refused);  // NOLINT(bugprone-use-after-move)
            // Not always all of them, so that the elements begin at each place of the ring.
            for (std::size_t count = channel.size(); count > 0; --count) {
                const std::optional<Number> element =
                    count % 2 == 0 ? consumer.pop() : consumer.try_pop();
                REQUIRE(element);
                CHECK(**element == next_out++);
                CHECK(channel.size() == count - 1);
                if (count == capacity && round % 3 == 0) {
                    CHECK(channel.try_push(number(next_in++)));
                    ++count;
                    const std::optional<Number> next = consumer.try_pop();
                    REQUIRE(next);
                    CHECK(**next == next_out++);
                    --count;
                }
            }
            CHECK_FALSE(consumer.try_pop());
        }
    }
}

CO_TEST_CASE("a push where there is room does not suspend") {
    ChannelToThread<int> channel{executor, 1};
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    co_await channel.push(1);
    CHECK_FALSE(other_ran);
    CHECK(channel.consumer().pop() == 1);
}

CO_TEST_CASE("what can be copied may be pushed as a copy to a thread, or be made there") {
    ChannelToThread<std::string> channel{executor, 3};
    const std::string text(100, 'a');
    co_await channel.push(text);
    CHECK(channel.try_push(text));
    co_await channel.emplace(100U, 'a');
    const ThreadConsumer<std::string> consumer = channel.consumer();
    for (int count = 0; count < 3; ++count) {
        CHECK(consumer.try_pop() == text);
    }
}

CO_TEST_CASE("tasks that wait to push to a thread are served in the order in which they came") {
    ChannelToThread<int> channel{executor, 1};
    const ThreadConsumer<int> consumer = channel.consumer();
    CHECK(channel.try_push(0));
    std::vector<JoinHandle<>> pushing;
    for (int value = 1; value < 5; ++value) {
        pushing.push_back(executor.spawn(push(channel, value)));
    }
    co_await yield_times(2);
    CHECK(consumer.try_pop() == 0);
    int late = 5;
    CHECK_FALSE(channel.try_push(std::move(late)));  // it does not overtake them
    for (int value = 1; value < 5; ++value) {
        co_await pushing[static_cast<std::size_t>(value - 1)];
        CHECK(consumer.try_pop() == value);
    }
    CHECK_FALSE(consumer.try_pop());
}

TEST_CASE("a consumer of no channel, or that was moved from, is as good as closed and empty") {
    ThreadConsumer<int> none;
    CHECK(none.closed());
    CHECK_FALSE(none.try_pop());
    CHECK_FALSE(none.pop());
    none.close();

    Executor executor;
    ChannelToThread<int> channel{executor, 1};
    CHECK(channel.try_push(1));
    ThreadConsumer<int> consumer = channel.consumer();
    const ThreadConsumer<int> moved = std::move(consumer);
    CHECK(consumer.closed());  // NOLINT(bugprone-use-after-move)
    none = moved;
    CHECK_FALSE(none.closed());
    CHECK(none.pop() == 1);
}

// ---- the end ------------------------------------------------------------------------------------

CO_TEST_CASE("what was pushed before the channel was closed is still popped, then the end") {
    for (const bool by_consumer : {false, true}) {
        ChannelToThread<Number> channel{executor, 3};
        const ThreadConsumer<Number> consumer = channel.consumer();
        co_await channel.push(number(1));
        co_await channel.push(number(2));
        by_consumer ? consumer.close() : channel.close();
        channel.close();  // changes nothing
        CHECK(channel.closed());
        CHECK(consumer.closed());
        Number refused = number(3);
        CHECK_THROWS_AS((void)channel.try_push(std::move(refused)), ChannelClosed);
        const std::exception_ptr error = co_await exception_of(
            channel.push(std::move(refused)));  // NOLINT(bugprone-use-after-move)
        CHECK(is<ChannelClosed>(error));
        CHECK(refused);  // NOLINT(bugprone-use-after-move)
        for (int value = 1; value < 3; ++value) {
            const std::optional<Number> element = value == 1 ? consumer.pop() : consumer.try_pop();
            REQUIRE(element);
            CHECK(**element == value);
        }
        CHECK_FALSE(consumer.pop());
        CHECK_FALSE(consumer.try_pop());
    }
}

CO_TEST_CASE("tasks that wait to push are refused when the channel is closed") {
    for (const bool by_consumer : {false, true}) {
        ChannelToThread<int> channel{executor, 1};
        const ThreadConsumer<int> consumer = channel.consumer();
        co_await channel.push(0);
        const JoinHandle<> first = executor.spawn(push(channel, 1));
        const JoinHandle<> second = executor.spawn(push(channel, 2));
        co_await yield_times(2);
        by_consumer ? consumer.close() : channel.close();
        const std::exception_ptr error = co_await exception_of(first);
        const std::exception_ptr other_error = co_await exception_of(second);
        CHECK(is<ChannelClosed>(error));
        CHECK(is<ChannelClosed>(other_error));
        CHECK(consumer.pop() == 0);
        CHECK_FALSE(consumer.pop());
    }
}

TEST_CASE("what is left is popped after the channel, and destroyed with the last consumer") {
    const auto shared = std::make_shared<int>(0);
    for (const bool executor_first : {false, true}) {
        std::optional<Executor> executor{std::in_place};
        auto channel = std::make_unique<ChannelToThread<std::shared_ptr<int>>>(*executor, 4U);
        ThreadConsumer<std::shared_ptr<int>> consumer = channel->consumer();
        for (int count = 0; count < 3; ++count) {
            CHECK(channel->try_push(shared));
        }
        if (executor_first) {
            executor.reset();
            CHECK(channel->closed());
            CHECK_THROWS_AS((void)channel->try_push(shared), ChannelClosed);
        }
        channel.reset();
        CHECK(consumer.closed());
        CHECK(consumer.pop() == shared);
        CHECK(shared.use_count() == 3);
        consumer = {};
        CHECK(shared.use_count() == 1);
    }
    Executor executor;
    {
        ChannelToThread<std::shared_ptr<int>> channel{executor, 2};
        CHECK(channel.try_push(shared));
    }
    CHECK(shared.use_count() == 1);
}

TEST_CASE("an executor may be destroyed while tasks wait to push to a thread") {
    support::Reports reports;
    const auto pushing = [](ChannelToThread<int>& channel) -> Task<> {
        for (;;) {
            try {
                co_await channel.push(1);
            } catch (const Cancelled&) {}
        }
    };
    const auto owning = [](Executor& executor) -> Task<> {
        ChannelToThread<int> channel{executor, 1};
        for (;;) {
            try {
                co_await channel.push(1);
            } catch (const Cancelled&) {}
        }
    };
    for (const bool popped : {false, true}) {
        std::optional<Executor> executor{std::in_place, reports.options()};
        ChannelToThread<int> channel{*executor, 1};
        executor->spawn(pushing(channel)).detach();
        executor->spawn(owning(*executor)).detach();
        (void)executor->poll();
        if (popped) {
            CHECK(channel.consumer().try_pop() == 1);  // the post is on its way
        }
        executor.reset();
        CHECK(channel.closed());
    }
    CHECK(reports.empty());
}

TEST_CASE("a channel to threads may be destroyed while its post is on the way") {
    support::PolledExecutor polled;
    auto channel = std::make_unique<ChannelToThread<int>>(polled.executor, 1U);
    CHECK(channel->try_push(1));
    const JoinHandle<> pushing = polled.executor.spawn(push(*channel, 2));
    polled.settle();
    CHECK(channel->consumer().try_pop() == 1);
    pushing.request_stop();
    channel.reset();
    polled.settle();
    CHECK(pushing.done());
}

TEST_CASE("an executor that only waits for a thread to pop is not stuck; its tasks say so") {
    support::PolledExecutor polled;
    ChannelToThread<int> channel{polled.executor, 2};
    CHECK(channel.try_push(1));
    CHECK(channel.try_push(2));
    const JoinHandle<> pushing = polled.executor.spawn(push(channel, 3));
    polled.settle();
    CHECK_THAT(polled.executor.describe(),
               Catch::Contains(
                   "room that another thread makes in a channel to threads (2 elements, full)"));
    CHECK(channel.consumer().pop() == 1);
    polled.settle();
    CHECK(pushing.done());
}

TEST_CASE("a push to a thread that was given up is nothing to wait for any more") {
    Executor executor;
    const auto main = []() -> Task<> {
        ChannelToThread<int> channel{1};
        CHECK(channel.try_push(1));
        const JoinHandle<> pushing = Executor::current()->spawn(push(channel, 2));
        co_await juggle::yield();
        pushing.request_stop();
        juggle::AsyncEvent never;
        co_await never.wait();
    };
    CHECK_THROWS_AS(executor.run(main()), juggle::Deadlock);
}

TEST_CASE("a debug build aborts when a channel to threads dies under a waiting task") {
    support::check_task_aborts("ChannelToThread", [](Executor& executor) -> Task<> {
        auto channel = std::make_unique<ChannelToThread<int>>(executor, 1U);
        CHECK(channel->try_push(1));
        const JoinHandle<> pushing = executor.spawn(push(*channel, 2));
        co_await juggle::yield();
        channel.reset();
    });
}

TEST_CASE("a debug build aborts when a pop would block the executor's own thread") {
    support::check_task_aborts("ThreadConsumer::pop", [](Executor& executor) -> Task<> {
        ChannelToThread<int> channel{executor, 1};
        (void)channel.consumer().pop();
        co_return;
    });
}

TEST_CASE("a debug build aborts when another thread pushes to a channel to threads, or closes it",
          "[threads]") {
    const std::pair<const char*, void (*)(ChannelToThread<int>&)> calls[] = {
        {"ChannelToThread::try_push",
         [](ChannelToThread<int>& channel) { (void)channel.try_push(1); }},
        {"ChannelToThread::close", [](ChannelToThread<int>& channel) { channel.close(); }},
        {"ChannelToThread::push",
         [](ChannelToThread<int>& channel) {
             Executor other;
             other.run(push(channel, 1));
         }},
    };
    for (const auto& [function, call] : calls) {
        INFO(function);
        support::check_aborts("juggle: " + std::string{function} +
                                  " was called by a thread that is not the executor's; other "
                                  "threads use a juggle::Poster\n",
                              [use = call] {
                                  Executor executor;
                                  ChannelToThread<int> channel{executor, 1};
                                  std::thread{[&] { use(channel); }}.join();
                              });
    }
}

// ---- cancellation and races ---------------------------------------------------------------------

CO_TEST_CASE("a push to a thread that is cancelled leaves its element, and those behind move up") {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
        ChannelToThread<Number> channel{executor, 1};
        const ThreadConsumer<Number> consumer = channel.consumer();
        CHECK(channel.try_push(number(0)));
        std::vector<Number> elements;
        for (int value = 1; value < 4; ++value) {
            elements.push_back(number(value));
        }
        const auto push_from = [&channel](Number& element) -> Task<> {
            co_await channel.push(std::move(element));
        };
        std::vector<JoinHandle<>> pushing;
        for (Number& element : elements) {
            pushing.push_back(executor.spawn(push_from(element)));
        }
        co_await yield_times(2);
        pushing[cancelled].request_stop();
        CHECK(consumer.try_pop());
        for (std::size_t index = 0; index < 3; ++index) {
            const std::exception_ptr error = co_await exception_of(pushing[index]);
            if (index == cancelled) {
                CHECK(is<Cancelled>(error));
                CHECK(elements[index]);
            } else {
                CHECK_FALSE(error);
                CHECK_FALSE(elements[index]);
                const std::optional<Number> element = consumer.try_pop();
                REQUIRE(element);
                CHECK(**element == static_cast<int>(index) + 1);
            }
        }
        CHECK_FALSE(consumer.try_pop());
    }
}

CO_TEST_CASE("of pushers that race for room in a channel to threads one pushes") {
    ChannelToThread<int> channel{executor, 1};
    const ThreadConsumer<int> consumer = channel.consumer();
    CHECK(channel.try_push(0));
    std::vector<JoinHandle<>> pushing;
    support::FirstWins race;
    for (int value = 1; value < 4; ++value) {
        pushing.push_back(executor.spawn(push(channel, value)));
        if (value != 3) {
            race.add(pushing.back());
        }
    }
    co_await yield_times(2);
    CHECK(consumer.try_pop() == 0);
    const std::exception_ptr first = co_await exception_of(pushing[0]);
    CHECK_FALSE(first);
    CHECK(consumer.try_pop() == 1);
    const std::exception_ptr second = co_await exception_of(pushing[1]);
    CHECK(is<Cancelled>(second));
    co_await pushing[2];
    CHECK(consumer.try_pop() == 3);
}

namespace {

/// A task that pushes and is stopped, and pops now and then.
struct Stream {
    explicit Stream(Executor& executor) : channel{executor, 2}, victim{executor.spawn(produce())} {
        executor.spawn(consume(channel.consumer())).detach();
    }

    Task<> produce() {
        for (int value = 0; value < 6; ++value) {
            Number element = number(value);
            try {
                co_await channel.push(std::move(element));
                ++pushed;
            } catch (const Cancelled&) {
                CHECK(element);  // NOLINT(bugprone-use-after-move)
                throw;
            }
            co_await yield_times(value % 2);
        }
        channel.close();
    }
    Task<> consume(ThreadConsumer<Number> consumer) {
        for (int turn = 0; turn < 6; ++turn) {
            popped += consumer.try_pop() ? 1 : 0;
            co_await yield_times(turn % 3);
        }
    }
    void check() {
        while (channel.consumer().try_pop()) {
            ++popped;
        }
        CHECK(pushed == popped);
    }

    ChannelToThread<Number> channel;
    int pushed = 0;
    int popped = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that pushes to a thread may be stopped at every turn") {
    support::stop_after_every_turn<Stream>();
}

// ---- other threads ------------------------------------------------------------------------------

TEST_CASE("a pop of another thread wakes an executor that sleeps, and a push wakes the thread",
          "[threads]") {
    constexpr int elements = 20'000 * stress;
    for (const std::size_t capacity : {1U, 2U, 5U}) {
        Executor executor;
        ChannelToThread<int> channel{executor, capacity};
        bool in_order = true;
        int next = 0;
        {
            const std::jthread thread{[&, consumer = channel.consumer()] {
                while (const std::optional<int> element = consumer.pop()) {
                    in_order = in_order && *element == next;
                    ++next;
                }
            }};
            bool within_capacity = true;
            const auto main = [&]() -> Task<> {
                for (int value = 0; value < elements; ++value) {
                    co_await channel.push(value);
                    within_capacity = within_capacity && channel.size() <= capacity;
                }
                channel.close();
            };
            executor.run(main());
            CHECK(within_capacity);
        }
        CHECK(in_order);
        CHECK(next == elements);
    }
}

TEST_CASE("buffers go to the tasks and back to the thread that fills them", "[threads]") {
    constexpr std::size_t buffers = 3;
    constexpr int rounds = 5'000 * stress;
    Executor executor;
    juggle::ThreadChannel<Number> filled{executor, buffers};
    ChannelToThread<Number> free{executor, buffers};
    for (std::size_t count = 0; count < buffers; ++count) {
        CHECK(free.try_push(number(0)));
    }
    std::jthread receiver{[from = free.consumer(), to = filled.producer()] {
        for (int round = 0; round < rounds; ++round) {
            std::optional<Number> buffer = from.pop();
            if (!buffer) {
                return;
            }
            **buffer = round;
            (void)to.push(std::move(*buffer));
        }
        to.close();
    }};
    int next = 0;
    bool in_order = true;
    const auto main = [&]() -> Task<> {
        while (std::optional<Number> buffer = co_await filled.pop()) {
            in_order = in_order && **buffer == next++;
            CHECK(free.try_push(std::move(*buffer)));  // there is always room
        }
    };
    executor.run(main());
    receiver.join();
    CHECK(in_order);
    CHECK(next == rounds);
    CHECK(free.size() == buffers);
}

TEST_CASE("threads that sleep in pop are woken by a close, each way to close", "[threads]") {
    for (int way = 0; way < 4; ++way) {
        std::optional<Executor> executor{std::in_place};
        auto channel = std::make_unique<ChannelToThread<Number>>(*executor, 1U);
        const ThreadConsumer<Number> consumer = channel->consumer();
        std::atomic<int> ended{0};
        std::latch started{4};
        {
            std::vector<std::jthread> threads;
            for (int count = 0; count < 4; ++count) {
                threads.emplace_back([&started, &ended, mine = consumer] {
                    started.count_down();
                    if (!mine.pop()) {
                        ++ended;
                    }
                });
            }
            started.wait();
            switch (way) {
                case 0:
                    consumer.close();
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
        CHECK(ended == 4);
        channel.reset();
    }
}

namespace {

/// An element that takes as long to be moved out as the test wants.
class SlowToMove {
public:
    struct Gate {
        std::latch entered{1};
        std::latch open{1};
    };

    SlowToMove(std::shared_ptr<int> shared, Gate* gate, int moves_before)
        : shared_{std::move(shared)}, gate_{gate}, moves_before_{moves_before} {}
    SlowToMove(SlowToMove&& other) noexcept
        : shared_{std::move(other.shared_)}, gate_{std::exchange(other.gate_, nullptr)},
          moves_before_{other.moves_before_ - 1} {
        if (gate_ != nullptr && moves_before_ < 0) {
            Gate* gate = std::exchange(gate_, nullptr);
            gate->entered.count_down();
            gate->open.wait();
        }
    }

private:
    std::shared_ptr<int> shared_;
    Gate* gate_ = nullptr;
    int moves_before_ = 0;
};

}  // namespace

TEST_CASE("room is there only when an element has been taken out, however long that lasts",
          "[threads]") {
    for (const bool destroyed : {false, true}) {
        support::PolledExecutor polled;
        const auto shared = std::make_shared<int>(0);
        SlowToMove::Gate gate;
        auto channel = std::make_unique<ChannelToThread<SlowToMove>>(polled.executor, 1U);
        CHECK(channel->try_push(SlowToMove{shared, &gate, 1}));
        std::jthread thread{[consumer = channel->consumer()] { (void)consumer.pop(); }};
        gate.entered.wait();
        CHECK(channel->empty());
        CHECK_FALSE(channel->try_push(SlowToMove{shared, nullptr, 0}));
        JoinHandle<> pushing;
        if (destroyed) {
            channel.reset();
        } else {
            const auto push_one = [&]() -> Task<> {
                co_await channel->push(SlowToMove{shared, nullptr, 0});
            };
            pushing = polled.executor.spawn(push_one());
            polled.settle();
            CHECK_FALSE(pushing.done());
        }
        gate.open.count_down();
        thread.join();
        if (!destroyed) {
            polled.settle();
            CHECK(pushing.done());
            CHECK(channel->size() == 1);
            channel.reset();
        }
        CHECK(shared.use_count() == 1);
    }
}

namespace {

/// Threads that pop until the end, half of them without waiting; elements are counted.
class Consumers {
public:
    using Element = std::shared_ptr<int>;

    explicit Consumers(const ThreadConsumer<Element>& consumer) {
        for (int count = 0; count < 4; ++count) {
            threads_.emplace_back([this, count, consumer] {
                for (;;) {
                    const bool was_closed = consumer.closed();
                    if (count % 2 == 0 ? consumer.pop() : consumer.try_pop()) {
                        popped_.fetch_add(1, std::memory_order_relaxed);
                    } else if (was_closed) {
                        return;
                    } else if (count % 2 != 0) {
                        std::this_thread::yield();
                    }
                }
            });
        }
    }

    void join() { threads_.clear(); }
    int popped() const { return popped_.load(); }

private:
    std::atomic<int> popped_{0};
    std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("every element is popped although pushers are stopped and the channel is closed",
          "[threads]") {
    const auto element = std::make_shared<int>(0);
    for (int round = 0; round < 20 * stress; ++round) {
        Executor executor;
        std::optional<ChannelToThread<Consumers::Element>> channel;
        channel.emplace(executor, static_cast<std::size_t>(round % 5 + 1));
        Consumers consumers{channel->consumer()};
        int pushed = 0;
        bool lost = false;
        const auto pushing = [&]() -> Task<> {
            for (;;) {
                Consumers::Element mine = element;
                try {
                    co_await channel->push(std::move(mine));
                    ++pushed;
                } catch (...) {
                    lost = lost || !mine;  // NOLINT(bugprone-use-after-move)
                    throw;
                }
            }
        };
        const auto main = [&]() -> Task<> {
            std::vector<JoinHandle<>> handles;
            for (int turn = 0; turn < 200; ++turn) {
                if (handles.size() < 4) {
                    handles.push_back(executor.spawn(pushing()));
                } else {
                    const auto victim = handles.begin() + turn % 4;
                    victim->request_stop();
                    (void)co_await exception_of(*victim);
                    handles.erase(victim);
                }
                co_await yield_times(turn % 7);
            }
            for (const JoinHandle<>& handle : handles) {
                handle.request_stop();
                (void)co_await exception_of(handle);
            }
            round % 2 == 0 ? channel->close() : channel.reset();
        };
        executor.run(main());
        consumers.join();
        CHECK(consumers.popped() == pushed);
        CHECK_FALSE(lost);
    }
    CHECK(element.use_count() == 1);
}

TEST_CASE("threads may close a channel into which tasks push", "[threads]") {
    const auto element = std::make_shared<int>(0);
    for (int round = 0; round < 50 * stress; ++round) {
        Executor executor;
        ChannelToThread<Consumers::Element> channel{executor,
                                                    static_cast<std::size_t>(round % 5 + 1)};
        int popped = 0;
        std::jthread thread{[&, consumer = channel.consumer()] {
            while (popped < round) {
                popped += consumer.pop() ? 1 : 0;
            }
            consumer.close();
        }};
        int pushed = 0;
        const auto pushing = [&]() -> Task<> {
            for (;;) {
                co_await channel.push(element);
                ++pushed;
            }
        };
        const auto main = [&]() -> Task<> {
            const JoinHandle<> first = executor.spawn(pushing());
            const JoinHandle<> second = executor.spawn(pushing());
            const std::exception_ptr error = co_await exception_of(first);
            const std::exception_ptr other_error = co_await exception_of(second);
            CHECK(is<ChannelClosed>(error));
            CHECK(is<ChannelClosed>(other_error));
        };
        executor.run(main());
        thread.join();
        while (channel.consumer().try_pop()) {
            ++popped;
        }
        CHECK(popped == pushed);
    }
    CHECK(element.use_count() == 1);
}

TEST_CASE("an executor may be destroyed while threads pop from its channel", "[threads]") {
    const auto element = std::make_shared<int>(0);
    for (int round = 0; round < 50 * stress; ++round) {
        std::optional<Executor> executor{std::in_place};
        ChannelToThread<Consumers::Element> channel{*executor,
                                                    static_cast<std::size_t>(round % 5 + 1)};
        Consumers consumers{channel.consumer()};
        int pushed = 0;
        const auto pushing = [&]() -> Task<> {
            for (;;) {
                co_await channel.push(element);
                ++pushed;
            }
        };
        executor->spawn(pushing()).detach();
        for (int poll = 0; poll < round; ++poll) {
            (void)executor->poll();
        }
        executor.reset();
        consumers.join();
        CHECK(consumers.popped() == pushed);
    }
    CHECK(element.use_count() == 1);
}

// ---- cost ---------------------------------------------------------------------------------------

CO_TEST_CASE("pushing to threads allocates nothing in the steady state") {
    ChannelToThread<int> channel{executor, 2};
    const ThreadConsumer<int> consumer = channel.consumer();
    const auto cycle = [&]() -> Task<> {
        co_await channel.push(1);
        CHECK(channel.try_push(2));
        const JoinHandle<> pushing = executor.spawn(push(channel, 3));
        co_await juggle::yield();
        CHECK(consumer.pop() == 1);
        co_await pushing;
        CHECK(consumer.pop() == 2);
        CHECK(consumer.try_pop() == 3);
        CHECK_FALSE(consumer.try_pop());
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

TEST_CASE("a thread that pops and sleeps allocates nothing", "[threads]") {
    Executor executor;
    ChannelToThread<int> channel{executor, 1};
    std::atomic<std::uint64_t> allocations{1};
    std::jthread thread{[&allocations, consumer = channel.consumer()] {
        (void)consumer.pop();
        const support::AllocationCounter counter;
        while (consumer.pop()) {}
        allocations = counter.on_this_thread();
    }};
    const auto main = [&]() -> Task<> {
        for (int value = 0; value < 100; ++value) {
            co_await channel.push(value);
        }
        channel.close();
    };
    executor.run(main());
    thread.join();
    CHECK(allocations == 0);
}
