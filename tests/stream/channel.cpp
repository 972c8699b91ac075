// Handing values from task to task.

#include "support/catch.hpp"
#include "support/first_wins.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/channel.hpp>
#include <juggle/executor.hpp>
#include <juggle/thread_channel.hpp>
#include <juggle/when_any.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Channel;
using juggle::ChannelClosed;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::is;
using support::yield_times;

namespace {

using Number = std::unique_ptr<int>;

Number number(int value) { return std::make_unique<int>(value); }

template <class T>
Task<> push(Channel<T>& channel, T& element) {
    co_await channel.push(std::move(element));
}

Task<> push_number(Channel<int>& channel, int value) { co_await channel.push(value); }

template <class T>
Task<std::optional<T>> pop(Channel<T>& channel) {
    std::optional<T> element = co_await channel.pop();
    co_return element;
}

template <class T>
Task<> join(Channel<T>& channel) {
    co_await channel.join();
}

}  // namespace

static_assert(!std::is_copy_constructible_v<Channel<int>>);
static_assert(!std::is_move_constructible_v<Channel<int>>);
static_assert(std::is_base_of_v<std::runtime_error, ChannelClosed>);

// ---- size ---------------------------------------------------------------------------------------

TEST_CASE("a new channel is open and empty and has the capacity that it was made with") {
    for (const std::size_t capacity : {0U, 1U, 3U, 16U}) {
        const Channel<Number> channel{capacity};
        CHECK(channel.capacity() == capacity);
        CHECK(channel.size() == 0);
        CHECK(channel.empty());
        CHECK_FALSE(channel.closed());
    }
}

TEST_CASE("a capacity that memory cannot hold is an invalid argument") {
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t capacity : {most, most / 2, most / sizeof(Number) + 1}) {
        CHECK_THROWS_AS(Channel<Number>{capacity}, std::invalid_argument);
    }
    CHECK_THROWS_WITH(Channel<int>{most},
                      Catch::Contains("Channel: argument 'capacity' is " + std::to_string(most)));
}

CO_TEST_CASE("a channel takes in exactly as many elements as its capacity says") {
    for (const std::size_t capacity : {1U, 2U, 3U, 5U, 8U}) {
        Channel<std::size_t> channel{capacity};
        for (std::size_t element = 0; element < capacity; ++element) {
            CHECK(channel.size() == element);
            CHECK(channel.try_push(element));
        }
        CHECK_FALSE(channel.try_push(0U));
        CHECK(channel.size() == capacity);
    }
    co_return;
}

TEST_CASE("elements that are left are destroyed with the channel") {
    const auto shared = std::make_shared<int>(0);
    {
        Channel<std::shared_ptr<int>> channel{4};
        for (int round = 0; round < 3; ++round) {
            CHECK(channel.try_push(shared));
        }
        CHECK(channel.try_pop());
        CHECK(shared.use_count() == 3);
    }
    CHECK(shared.use_count() == 1);
}

TEST_CASE("elements may need a large alignment") {
    struct alignas(128) Wide {
        int value;
    };
    Channel<Wide> channel{3};
    CHECK(channel.try_push(Wide{7}));
    const std::optional<Wide> element = channel.try_pop();
    REQUIRE(element);
    CHECK(element->value == 7);
}

// ---- order --------------------------------------------------------------------------------------

CO_TEST_CASE("elements come out in the order in which they went in, round after round") {
    Channel<Number> channel{3};
    int next = 0;
    for (int value = 0; value < 100; value += 2) {
        co_await channel.push(number(value));
        co_await channel.push(number(value + 1));
        for (int count = 0; count < 2; ++count) {
            const std::optional<Number> element = co_await channel.pop();
            REQUIRE(element);
            CHECK(**element == next++);
        }
    }
    CHECK(channel.empty());
}

CO_TEST_CASE("a push with room and a pop of an element that is there do not suspend") {
    Channel<int> channel{1};
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    co_await channel.push(1);
    const std::optional<int> element = co_await channel.pop();
    CHECK(element == 1);
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("a pop waits for an element, which goes straight to it") {
    Channel<Number> channel{2};
    const JoinHandle<std::optional<Number>> popping = executor.spawn(pop(channel));
    co_await yield_times(3);
    CHECK_FALSE(popping.done());
    co_await channel.push(number(1));
    CHECK(channel.empty());
    CHECK_FALSE(popping.done());  // it goes on at a later turn
    const std::optional<Number> element = co_await popping;
    REQUIRE(element);
    CHECK(**element == 1);
}

CO_TEST_CASE("a push waits for room, and its element stays where it is until then") {
    Channel<Number> channel{1};
    co_await channel.push(number(1));
    Number second = number(2);
    const JoinHandle<> pushing = executor.spawn(push(channel, second));
    co_await yield_times(3);
    CHECK_FALSE(pushing.done());
    REQUIRE(second);
    CHECK(channel.size() == 1);

    const std::optional<Number> first = co_await channel.pop();
    CHECK(**first == 1);
    CHECK_FALSE(second);
    CHECK(channel.size() == 1);
    CHECK_FALSE(pushing.done());  // it goes on at a later turn
    co_await pushing;
    const std::optional<Number> element = co_await channel.pop();
    CHECK(**element == 2);
}

CO_TEST_CASE("with a capacity of zero a push waits for its pop, and a pop for its push") {
    Channel<Number> channel{0};
    Number first = number(1);
    const JoinHandle<> pushing = executor.spawn(push(channel, first));
    co_await yield_times(3);
    CHECK_FALSE(pushing.done());
    CHECK(channel.empty());
    REQUIRE(first);
    std::optional<Number> element = co_await channel.pop();
    CHECK(**element == 1);
    co_await pushing;

    const JoinHandle<std::optional<Number>> popping = executor.spawn(pop(channel));
    co_await yield_times(3);
    CHECK_FALSE(popping.done());
    co_await channel.push(number(2));
    element = co_await popping;
    CHECK(**element == 2);
}

CO_TEST_CASE("tasks that wait to push are served in the order in which they came") {
    for (const std::size_t capacity : {0U, 1U, 2U}) {
        Channel<int> channel{capacity};
        std::vector<JoinHandle<>> pushing;
        for (int value = 0; value < 6; ++value) {
            pushing.push_back(executor.spawn(push_number(channel, value)));
        }
        co_await yield_times(2);
        for (int value = 0; value < 6; ++value) {
            const std::optional<int> element = co_await channel.pop();
            CHECK(element == value);
        }
        for (const JoinHandle<>& handle : pushing) {
            co_await handle;
        }
    }
}

CO_TEST_CASE("tasks that wait to pop are served in the order in which they came") {
    for (const std::size_t capacity : {0U, 1U, 8U}) {
        Channel<int> channel{capacity};
        std::vector<JoinHandle<std::optional<int>>> popping;
        for (int count = 0; count < 6; ++count) {
            popping.push_back(executor.spawn(pop(channel)));
        }
        co_await yield_times(2);
        for (int value = 0; value < 6; ++value) {
            co_await channel.push(value);
        }
        for (int value = 0; value < 6; ++value) {
            const std::optional<int> element = co_await popping[static_cast<std::size_t>(value)];
            CHECK(element == value);
        }
    }
}

CO_TEST_CASE("nobody overtakes a task that waits to push, whenever it comes") {
    for (int turns = 0; turns < 4; ++turns) {
        Channel<int> channel{1};
        std::vector<int> list;
        co_await channel.push(0);
        const JoinHandle<> waiting = executor.spawn(push_number(channel, 1));
        co_await juggle::yield();
        const std::optional<int> oldest = co_await channel.pop();
        CHECK(oldest == 0);
        co_await yield_times(turns);
        CHECK_FALSE(channel.try_push(2));
        const JoinHandle<> later = executor.spawn(push_number(channel, 2));
        co_await yield_times(2);
        const std::optional<int> first = co_await channel.pop();
        const std::optional<int> second = co_await channel.pop();
        CHECK(first == 1);
        CHECK(second == 2);
        co_await waiting;
        co_await later;
    }
}

CO_TEST_CASE("nobody overtakes a task that waits to pop, whenever it comes") {
    for (int turns = 0; turns < 4; ++turns) {
        Channel<int> channel{2};
        const JoinHandle<std::optional<int>> waiting = executor.spawn(pop(channel));
        co_await juggle::yield();
        co_await channel.push(1);
        co_await yield_times(turns);
        CHECK_FALSE(channel.try_pop());
        co_await channel.push(2);
        const std::optional<int> second = co_await channel.pop();
        const std::optional<int> first = co_await waiting;
        CHECK(first == 1);
        CHECK(second == 2);
    }
}

CO_TEST_CASE(
    "each element of many tasks comes out once, and a task sees those of another in order") {
    constexpr int producers = 5;
    constexpr int consumers = 3;
    constexpr int elements = 40;
    for (const std::size_t capacity : {0U, 1U, 2U, 7U}) {
        Channel<int> channel{capacity};
        std::vector<JoinHandle<>> pushing;
        std::vector<JoinHandle<>> popping;
        std::vector<int> list;
        const auto produce = [&channel](int producer) -> Task<> {
            for (int count = 0; count < elements; ++count) {
                co_await channel.push(producer * elements + count);
                co_await yield_times((producer + count) % 3);
            }
        };
        const auto consume = [&channel, &list](int consumer) -> Task<> {
            std::vector<int> last(producers, -1);
            while (const std::optional<int> element = co_await channel.pop()) {
                int& before = last[static_cast<std::size_t>(*element / elements)];
                CHECK(before < *element);
                before = *element;
                list.push_back(*element);
                co_await yield_times((consumer + *element) % 2);
            }
        };
        for (int consumer = 0; consumer < consumers; ++consumer) {
            popping.push_back(executor.spawn(consume(consumer)));
        }
        for (int producer = 0; producer < producers; ++producer) {
            pushing.push_back(executor.spawn(produce(producer)));
        }
        for (const JoinHandle<>& handle : pushing) {
            co_await handle;
        }
        channel.close();
        for (const JoinHandle<>& handle : popping) {
            co_await handle;
        }
        std::ranges::sort(list);
        std::vector<int> all(producers * elements);
        std::iota(all.begin(), all.end(), 0);
        CHECK(list == all);
    }
}

// ---- copies -------------------------------------------------------------------------------------

CO_TEST_CASE("what can be copied may be pushed as a copy") {
    Channel<std::string> channel{1};
    const std::string text(100, 'a');
    co_await channel.push(text);
    CHECK_FALSE(channel.try_push(text));
    CHECK(channel.try_pop() == text);
    CHECK(channel.try_push(text));
    const std::optional<std::string> element = co_await channel.pop();
    CHECK(element == text);
    CHECK(text.size() == 100);
}

CO_TEST_CASE("an element may be made where it is pushed") {
    struct Job {
        std::string name;
        std::unique_ptr<int> data;
    };
    Channel<Job> channel{1};
    co_await channel.emplace("job", std::make_unique<int>(1));
    const std::optional<Job> job = channel.try_pop();
    CHECK(job->name == "job");
    CHECK(*job->data == 1);
}

CO_TEST_CASE("an element that was made for a closed channel is destroyed") {
    const auto shared = std::make_shared<int>(1);
    Channel<std::shared_ptr<int>> channel{1};
    channel.close();
    const std::exception_ptr error = co_await exception_of(channel.emplace(shared));
    CHECK(is<ChannelClosed>(error));
    CHECK(shared.use_count() == 1);
}

CO_TEST_CASE("a copy is made when push is called") {
    Channel<std::string> channel{0};
    std::string text(100, 'a');
    const auto pushing = [&channel, &text]() -> Task<> { co_await channel.push(text); };
    const JoinHandle<> handle = executor.spawn(pushing());
    co_await juggle::yield();
    text = "changed";
    const std::optional<std::string> element = co_await channel.pop();
    CHECK(element == std::string(100, 'a'));
    co_await handle;
}

// ---- without waiting ----------------------------------------------------------------------------

CO_TEST_CASE("try_push leaves the element alone when there is no room") {
    Channel<Number> channel{1};
    Number first = number(1);
    Number second = number(2);
    CHECK(channel.try_push(std::move(first)));
    CHECK_FALSE(channel.try_push(std::move(second)));
    REQUIRE(second);  // NOLINT(bugprone-use-after-move)
    CHECK(*second == 2);
    co_return;
}

CO_TEST_CASE("with a capacity of zero try_push needs a task that waits for the element") {
    Channel<Number> channel{0};
    CHECK_FALSE(channel.try_push(number(1)));
    const JoinHandle<std::optional<Number>> popping = executor.spawn(pop(channel));
    co_await juggle::yield();
    CHECK(channel.try_push(number(2)));
    CHECK_FALSE(channel.try_push(number(3)));
    const std::optional<Number> element = co_await popping;
    CHECK(**element == 2);
}

CO_TEST_CASE("try_pop takes from the channel, and then from tasks that wait to push") {
    for (const std::size_t capacity : {0U, 1U}) {
        Channel<Number> channel{capacity};
        CHECK_FALSE(channel.try_pop());
        Number first = number(1);
        Number second = number(2);
        const JoinHandle<> pushing_first = executor.spawn(push(channel, first));
        const JoinHandle<> pushing_second = executor.spawn(push(channel, second));
        co_await juggle::yield();
        CHECK(**channel.try_pop() == 1);
        CHECK(**channel.try_pop() == 2);
        CHECK_FALSE(channel.try_pop());
        co_await pushing_first;
        co_await pushing_second;
    }
}

// ---- the end ------------------------------------------------------------------------------------

CO_TEST_CASE("what is in a closed channel can still be popped, then comes the end") {
    Channel<int> channel{3};
    co_await channel.push(1);
    co_await channel.push(2);
    channel.close();
    CHECK(channel.closed());
    CHECK(channel.size() == 2);
    const std::optional<int> first = co_await channel.pop();
    CHECK(first == 1);
    CHECK(channel.try_pop() == 2);
    for (int count = 0; count < 2; ++count) {
        const std::optional<int> end = co_await channel.pop();
        CHECK_FALSE(end);
        CHECK_FALSE(channel.try_pop());
    }
}

CO_TEST_CASE("a closed channel takes nothing in, and the element is not touched") {
    for (const std::size_t capacity : {0U, 2U}) {
        Channel<Number> channel{capacity};
        channel.close();
        Number element = number(1);
        const std::exception_ptr error = co_await exception_of(push(channel, element));
        CHECK(is<ChannelClosed>(error));
        CHECK(support::contains(support::text_of(error), "juggle: channel made at " __FILE__ ":"));
        CHECK(support::text_of(error).ends_with(" is closed"));
        CHECK_THROWS_AS(channel.try_push(std::move(element)), ChannelClosed);
        REQUIRE(element);  // NOLINT(bugprone-use-after-move)
        CHECK(*element == 1);
    }
}

CO_TEST_CASE("tasks that wait to push into a channel that is closed keep their elements") {
    for (const std::size_t capacity : {0U, 1U}) {
        Channel<Number> channel{capacity};
        if (capacity != 0) {
            co_await channel.push(number(0));
        }
        Number first = number(1);
        Number second = number(2);
        const JoinHandle<> pushing_first = executor.spawn(push(channel, first));
        const JoinHandle<> pushing_second = executor.spawn(push(channel, second));
        co_await juggle::yield();
        channel.close();
        const std::exception_ptr first_error = co_await exception_of(pushing_first);
        const std::exception_ptr second_error = co_await exception_of(pushing_second);
        CHECK(is<ChannelClosed>(first_error));
        CHECK(is<ChannelClosed>(second_error));
        CHECK(first);
        CHECK(second);
        CHECK(channel.size() == capacity);
    }
}

CO_TEST_CASE("whoever pushes into a closed channel is told its name") {
    Channel<Number> channel{"samples", 0};
    Number waiting = number(1);
    const JoinHandle<> pushing = executor.spawn(push(channel, waiting));
    co_await juggle::yield();
    channel.close();
    const std::string name = "juggle: channel 'samples' is closed";
    const std::exception_ptr refused = co_await exception_of(pushing);
    CHECK(is<ChannelClosed>(refused));
    CHECK(support::text_of(refused) == name);

    const std::exception_ptr late = co_await exception_of(push(channel, waiting));
    CHECK(is<ChannelClosed>(late));
    CHECK(support::text_of(late) == name);
    CHECK_THROWS_WITH(channel.try_push(number(2)), name);
    CHECK(ChannelClosed{}.what() == std::string{"juggle: the channel is closed"});
}

CO_TEST_CASE("tasks that wait to pop see the end when the channel is closed") {
    Channel<int> channel{1};
    const JoinHandle<std::optional<int>> first = executor.spawn(pop(channel));
    const JoinHandle<std::optional<int>> second = executor.spawn(pop(channel));
    co_await juggle::yield();
    co_await channel.push(1);
    channel.close();
    channel.close();  // changes nothing
    const std::optional<int> element = co_await first;
    const std::optional<int> end = co_await second;
    CHECK(element == 1);
    CHECK_FALSE(end);
}

// ---- task_done and join -------------------------------------------------------------------------

CO_TEST_CASE("join waits until task_done was called for each element that was taken in") {
    for (const std::size_t capacity : {0U, 4U}) {
        Channel<int> channel{capacity};
        co_await channel.join();  // nothing to wait for
        const JoinHandle<> pushing_first = executor.spawn(push_number(channel, 1));
        const JoinHandle<> pushing_second = executor.spawn(push_number(channel, 2));
        co_await juggle::yield();
        const std::optional<int> first = co_await channel.pop();
        const std::optional<int> second = co_await channel.pop();
        CHECK((first && second));
        const JoinHandle<> joining = executor.spawn(join(channel));
        const JoinHandle<> joining_too = executor.spawn(join(channel));
        channel.task_done();
        co_await yield_times(3);
        CHECK_FALSE(joining.done());
        channel.task_done();
        CHECK_FALSE(joining.done());  // it goes on at a later turn
        co_await joining;
        co_await joining_too;
        co_await pushing_first;
        co_await pushing_second;
    }
}

CO_TEST_CASE("an element counts as unfinished while it is in the channel, closed or not") {
    Channel<int> channel{2};
    co_await channel.push(1);
    channel.close();
    const JoinHandle<> joining = executor.spawn(join(channel));
    co_await yield_times(3);
    CHECK_FALSE(joining.done());
    CHECK(channel.try_pop() == 1);
    co_await yield_times(3);
    CHECK_FALSE(joining.done());
    channel.task_done();
    co_await joining;
}

CO_TEST_CASE("task_done for more elements than there were is a logic error") {
    Channel<int> channel{1};
    CHECK_THROWS_AS(channel.task_done(), std::logic_error);
    co_await channel.push(1);
    channel.task_done();
    CHECK_THROWS_WITH(channel.task_done(), Catch::Contains("Channel::task_done"));
    co_await channel.join();
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("a pusher that is cancelled keeps its element, and those behind it move up") {
    for (const std::size_t capacity : {0U, 1U}) {
        for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
            Channel<Number> channel{capacity};
            if (capacity != 0) {
                co_await channel.push(number(-1));
            }
            std::vector<Number> elements;
            std::vector<JoinHandle<>> pushing;
            for (int value = 0; value < 3; ++value) {
                elements.push_back(number(value));
            }
            for (Number& element : elements) {
                pushing.push_back(executor.spawn(push(channel, element)));
            }
            co_await juggle::yield();
            pushing[cancelled].request_stop();
            const std::exception_ptr error = co_await exception_of(pushing[cancelled]);
            CHECK(is<Cancelled>(error));
            std::vector<int> list;
            while (const std::optional<Number> element = channel.try_pop()) {
                list.push_back(**element);
            }
            CHECK(list.size() == 2 + capacity);
            CHECK(std::ranges::is_sorted(list));
            for (std::size_t index = 0; index < 3; ++index) {
                CHECK((elements[index] != nullptr) == (index == cancelled));
            }
        }
    }
}

CO_TEST_CASE("a popper that is cancelled takes nothing, and those behind it move up") {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
        Channel<int> channel{0};
        std::vector<JoinHandle<std::optional<int>>> popping;
        for (int count = 0; count < 3; ++count) {
            popping.push_back(executor.spawn(pop(channel)));
        }
        co_await juggle::yield();
        popping[cancelled].request_stop();
        CHECK(channel.try_push(1));
        CHECK(channel.try_push(2));
        CHECK_FALSE(channel.try_push(3));
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
    }
}

CO_TEST_CASE("a joiner that is cancelled leaves the others waiting") {
    Channel<int> channel{1};
    co_await channel.push(1);
    const JoinHandle<> first = executor.spawn(join(channel));
    const JoinHandle<> second = executor.spawn(join(channel));
    co_await juggle::yield();
    first.request_stop();
    const std::exception_ptr error = co_await exception_of(first);
    CHECK(is<Cancelled>(error));
    CHECK_FALSE(second.done());
    channel.task_done();
    co_await second;
}

CO_TEST_CASE("who was served before the stop request came goes on with what it got") {
    Channel<Number> channel{0};
    const JoinHandle<std::optional<Number>> popping = executor.spawn(pop(channel));
    co_await juggle::yield();
    co_await channel.push(number(1));
    popping.request_stop();
    const std::optional<Number> element = co_await popping;
    REQUIRE(element);
    CHECK(**element == 1);

    Number second = number(2);
    const JoinHandle<> pushing = executor.spawn(push(channel, second));
    co_await juggle::yield();
    CHECK(channel.try_pop());
    pushing.request_stop();
    co_await pushing;
    CHECK_FALSE(second);
}

CO_TEST_CASE("a stop request that is pending is seen by the await that would suspend") {
    Channel<Number> channel{1};
    Number kept = number(2);
    JoinHandle<> handle;
    int reached = 0;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        co_await channel.push(number(1));
        reached = 1;
        co_await channel.push(std::move(kept));
        reached = 2;
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(reached == 1);
    CHECK(kept);
    CHECK(channel.size() == 1);
    CHECK(channel.try_pop());

    const auto popping = [&]() -> Task<> {
        handle.request_stop();
        (void)co_await channel.pop();
    };
    handle = executor.spawn(popping());
    const std::exception_ptr pop_error = co_await exception_of(handle);
    CHECK(is<Cancelled>(pop_error));
    CHECK(channel.try_push(number(3)));  // nobody is left in the line
    CHECK(channel.size() == 1);
}

namespace {

enum class Role { pusher, popper, joiner };

/// A stream of elements through a channel, one of whose tasks is stopped.
template <Role role, std::size_t capacity>
struct Stream {
    explicit Stream(Executor& executor)
        : pushing{executor.spawn(produce())}, popping{executor.spawn(consume())},
          joining{executor.spawn(join(channel))}, victim{role == Role::pusher   ? pushing
                                                         : role == Role::popper ? popping
                                                                                : joining} {
        executor.spawn(close_after(pushing)).detach();
        executor.spawn(close_after(popping)).detach();
        executor.spawn(end(joining)).detach();
    }

    Task<> produce() {
        for (int value = 0; value < 5; ++value) {
            Number element = number(value);
            try {
                co_await channel.push(std::move(element));
            } catch (...) {
                kept = element != nullptr;
                throw;
            }
            ++pushed;
            if (value % 2 == 0) {
                co_await juggle::yield();
            }
        }
    }
    Task<> consume() {
        while (const std::optional<Number> element = co_await channel.pop()) {
            CHECK(**element == popped);
            ++popped;
            channel.task_done();
            if (popped % 3 == 0) {
                co_await juggle::yield();
            }
        }
    }
    /// Lets the other side end, and the one that joins.
    Task<> close_after(const JoinHandle<>& handle) {
        co_await end(handle);
        channel.close();
        if (popping.done()) {
            while (channel.try_pop()) {
                ++popped;
                channel.task_done();
            }
        }
    }
    static Task<> end(const JoinHandle<>& handle) {
        const std::exception_ptr error = co_await exception_of(handle);
        CHECK((!error || is<Cancelled>(error) || is<ChannelClosed>(error)));
    }
    void check() const {
        CHECK(kept);
        CHECK(pushed == popped);
        CHECK(channel.empty());
        if (role == Role::joiner) {
            CHECK(popped == 5);
        }
    }

    Channel<Number> channel{capacity};
    int pushed = 0;
    int popped = 0;
    bool kept = true;
    JoinHandle<> pushing;
    JoinHandle<> popping;
    JoinHandle<> joining;
    JoinHandle<>& victim;
};

}  // namespace

TEST_CASE("a task that pushes, pops or joins may be stopped at every turn") {
    support::stop_after_every_turn<Stream<Role::pusher, 0>>();
    support::stop_after_every_turn<Stream<Role::pusher, 1>>();
    support::stop_after_every_turn<Stream<Role::pusher, 2>>();
    support::stop_after_every_turn<Stream<Role::popper, 0>>();
    support::stop_after_every_turn<Stream<Role::popper, 1>>();
    support::stop_after_every_turn<Stream<Role::popper, 2>>();
    support::stop_after_every_turn<Stream<Role::joiner, 0>>();
    support::stop_after_every_turn<Stream<Role::joiner, 2>>();
}

// ---- races --------------------------------------------------------------------------------------

CO_TEST_CASE("of poppers that race in the same line one gets an element, the next goes on") {
    Channel<int> channel{2};
    std::vector<JoinHandle<std::optional<int>>> popping;
    support::FirstWins race;
    for (int count = 0; count < 4; ++count) {
        popping.push_back(executor.spawn(pop(channel)));
        if (count != 2) {
            race.add(popping.back());
        }
    }
    co_await juggle::yield();
    co_await channel.push(1);  // for the first; takes the second and the fourth out of the line
    co_await channel.push(2);  // for the third
    co_await channel.push(3);
    CHECK(channel.size() == 1);
    const std::optional<int> first = co_await popping[0];
    const std::exception_ptr second = co_await exception_of(popping[1]);
    const std::optional<int> third = co_await popping[2];
    const std::exception_ptr fourth = co_await exception_of(popping[3]);
    CHECK(first == 1);
    CHECK(is<Cancelled>(second));
    CHECK(third == 2);
    CHECK(is<Cancelled>(fourth));
}

CO_TEST_CASE("of pushers that race in the same line one gives its element") {
    for (const std::size_t capacity : {0U, 1U}) {
        Channel<Number> channel{capacity};
        if (capacity != 0) {
            co_await channel.push(number(-1));
        }
        std::vector<Number> elements;
        std::vector<JoinHandle<>> pushing;
        support::FirstWins race;
        for (int value = 0; value < 4; ++value) {
            elements.push_back(number(value));
        }
        for (Number& element : elements) {
            pushing.push_back(executor.spawn(push(channel, element)));
            if (*element != 2) {
                race.add(pushing.back());
            }
        }
        co_await juggle::yield();
        std::vector<int> list;
        while (const std::optional<Number> element = channel.try_pop()) {
            list.push_back(**element);
        }
        CHECK(list == (capacity == 0 ? std::vector{0, 2} : std::vector{-1, 0, 2}));
        for (const std::size_t index : {0U, 2U}) {
            co_await pushing[index];
            CHECK_FALSE(elements[index]);
        }
        for (const std::size_t index : {1U, 3U}) {
            const std::exception_ptr error = co_await exception_of(pushing[index]);
            CHECK(is<Cancelled>(error));
            CHECK(elements[index]);
        }
    }
}

CO_TEST_CASE("a race between two channels takes from one of them only") {
    Channel<int> left{2};
    Channel<int> right{0};
    const JoinHandle<std::optional<int>> from_left = executor.spawn(pop(left));
    const JoinHandle<std::optional<int>> from_right = executor.spawn(pop(right));
    support::FirstWins race;
    race.add(from_left);
    race.add(from_right);
    co_await juggle::yield();
    CHECK(left.try_push(1));
    CHECK_FALSE(right.try_push(2));
    CHECK(left.try_push(3));
    CHECK(left.size() == 1);
    const std::optional<int> element = co_await from_left;
    const std::exception_ptr error = co_await exception_of(from_right);
    CHECK(element == 1);
    CHECK(is<Cancelled>(error));
}

namespace {

/// A race that its members have lost already, but were not asked to stop for that yet.
class LostRace final : public juggle::detail::Race {
public:
    LostRace() : Race{[](Race&, juggle::detail::SpawnedTask&) noexcept { return false; }} {}
};

}  // namespace

CO_TEST_CASE("who has lost a race is passed over, and an element nobody may take stays") {
    LostRace race;
    for (const std::size_t capacity : {0U, 1U}) {
        Channel<int> channel{capacity};
        const JoinHandle<std::optional<int>> popping = executor.spawn(pop(channel));
        juggle::detail::JoinAccess::task(popping)->race = &race;
        co_await juggle::yield();
        CHECK(channel.try_push(1) == (capacity == 1));
        CHECK(channel.size() == capacity);
        const std::exception_ptr error = co_await exception_of(popping);
        CHECK(is<Cancelled>(error));

        const JoinHandle<> pushing = executor.spawn(push_number(channel, 2));
        juggle::detail::JoinAccess::task(pushing)->race = &race;
        co_await juggle::yield();
        CHECK(channel.try_pop().has_value() == (capacity == 1));
        CHECK_FALSE(channel.try_pop());
        const std::exception_ptr push_error = co_await exception_of(pushing);
        CHECK(is<Cancelled>(push_error));
    }
}

CO_TEST_CASE("when_any of pops takes from one channel only, whichever is first") {
    for (const bool left_first : {false, true}) {
        Channel<int> left{1};
        Channel<int> right{1};
        juggle::ThreadChannel<int> outside{executor, 1};
        const auto racing = [&]() -> Task<std::size_t> {
            const auto winner = co_await juggle::when_any(left.pop(), right.pop(), outside.pop());
            co_return winner.index();
        };
        const JoinHandle<std::size_t> race = executor.spawn(racing());
        co_await juggle::yield();
        CHECK((left_first ? left : right).try_push(1));
        CHECK((left_first ? right : left).try_push(2));
        CHECK(outside.producer().try_push(3));
        const std::size_t index = co_await race;
        CHECK(index == (left_first ? 0U : 1U));
        CHECK(left.size() + right.size() == 1);
        CHECK(outside.size() == 1);
    }
}

CO_TEST_CASE("when_any of pushes moves one element only, whichever is first") {
    Channel<Number> left{0};
    Channel<Number> right{0};
    Number for_left = number(1);
    Number for_right = number(2);
    const auto racing = [&]() -> Task<std::size_t> {
        const auto winner = co_await juggle::when_any(left.push(std::move(for_left)),
                                                      right.push(std::move(for_right)));
        co_return winner.index();
    };
    const JoinHandle<std::size_t> race = executor.spawn(racing());
    co_await juggle::yield();
    CHECK(right.try_pop());
    CHECK_FALSE(left.try_pop());
    const std::size_t index = co_await race;
    CHECK(index == 1);
    CHECK(for_left);
    CHECK_FALSE(for_right);
}

// ---- the end of an executor ---------------------------------------------------------------------

TEST_CASE("an executor may be destroyed while tasks push, pop and join") {
    const auto shared = std::make_shared<int>(0);
    using Shared = std::shared_ptr<int>;
    for (int polls = 1; polls < 4; ++polls) {
        support::PolledExecutor polled;
        Channel<Shared> full{1};
        Channel<Shared> empty{1};
        {
            const auto pushing = [&full, shared]() -> Task<> {
                for (;;) {
                    try {
                        co_await full.push(shared);
                    } catch (const Cancelled&) {}
                }
            };
            const auto popping = [&empty]() -> Task<> {
                for (;;) {
                    try {
                        (void)co_await empty.pop();
                    } catch (const Cancelled&) {}
                }
            };
            const auto joining = [&full]() -> Task<> {
                for (;;) {
                    try {
                        co_await full.join();
                    } catch (const Cancelled&) {}
                }
            };
            Executor executor{polled.reports.options(&polled.clock)};
            executor.spawn(pushing()).detach();
            executor.spawn(popping()).detach();
            executor.spawn(joining()).detach();
            for (int poll = 0; poll < polls; ++poll) {
                (void)executor.poll();
            }
            if (polls == 3) {
                CHECK(empty.try_push(shared));
                CHECK(full.try_pop());
            }
        }
        CHECK(polled.reports.empty());
        CHECK(full.size() == 1);
        CHECK(full.try_pop());  // nobody is left in any line
        CHECK_FALSE(full.try_pop());
        full.task_done();
    }
    CHECK(shared.use_count() == 1);
}

TEST_CASE("a channel may belong to a task that never ends") {
    support::Reports reports;
    {
        const auto popping = [](Channel<int>& channel) -> Task<> {
            for (;;) {
                try {
                    (void)co_await channel.pop();
                } catch (const Cancelled&) {}
            }
        };
        const auto owner = [&popping](Executor& executor) -> Task<> {
            Channel<int> channel{1};
            executor.spawn(popping(channel)).detach();
            for (;;) {
                try {
                    (void)co_await channel.pop();
                } catch (const Cancelled&) {}
            }
        };
        Executor executor{reports.options()};
        executor.spawn(owner(executor)).detach();
        (void)executor.poll();
        (void)executor.poll();
    }
    CHECK(reports.empty());
}

TEST_CASE("a debug build aborts with a word about it when a channel dies under a waiting task") {
    support::check_task_aborts("Channel", [](Executor& executor) -> Task<> {
        auto channel = std::make_unique<Channel<int>>(1);
        const JoinHandle<std::optional<int>> popping = executor.spawn(pop(*channel));
        co_await juggle::yield();
        channel.reset();
    });
}

TEST_CASE("a debug build aborts when another thread uses a channel in which a task waits") {
    const std::pair<const char*, void (*)(Channel<int>&)> calls[] = {
        {"Channel::try_pop", [](Channel<int>& channel) { (void)channel.try_pop(); }},
        {"Channel::try_push", [](Channel<int>& channel) { (void)channel.try_push(1); }},
        {"Channel::close", [](Channel<int>& channel) { channel.close(); }},
        {"Channel::task_done", [](Channel<int>& channel) { channel.task_done(); }},
        {"Channel::pop",
         [](Channel<int>& channel) {
             Executor other;
             (void)other.run(pop(channel));
         }},
        {"Channel::push",
         [](Channel<int>& channel) {
             Executor other;
             const auto push_one = [&channel]() -> Task<> { co_await channel.push(1); };
             other.run(push_one());
         }},
    };
    for (const auto& [function, call] : calls) {
        INFO(function);
        support::check_aborts(
            "juggle: channel 'samples' was used from two threads, on the second by " +
                std::string{function} + "; other threads use a juggle::Poster\n",
            [use = call] {
                Channel<int> channel{"samples", 1};
                Executor executor;
                executor.spawn(pop(channel)).detach();
                (void)executor.poll();
                std::thread{[&] { use(channel); }}.join();
            });
    }
}

// ---- cost ---------------------------------------------------------------------------------------

CO_TEST_CASE("pushing, popping and joining allocate nothing in the steady state") {
    for (const std::size_t capacity : {0U, 1U, 4U}) {
        Channel<int> channel{capacity};
        const auto produce = [&channel]() -> Task<> {
            for (int value = 0; value < 20; ++value) {
                co_await channel.push(value);
            }
        };
        const auto cycle = [&]() -> Task<> {
            const JoinHandle<> pushing = executor.spawn(produce());
            for (int value = 0; value < 20; ++value) {
                const std::optional<int> element = co_await channel.pop();
                CHECK(element == value);
            }
            const JoinHandle<> joining = executor.spawn(join(channel));
            co_await juggle::yield();
            for (int value = 0; value < 20; ++value) {
                channel.task_done();
            }
            co_await pushing;
            co_await joining;
        };
        const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
        CHECK(allocations == 0);
    }
}

namespace {

// The same with checks takes a minute.
constexpr int long_stream = juggle::detail::has_checks ? 5'000 : 1'000'000;

}  // namespace

CO_TEST_CASE("a long stream goes through a hundred linked tasks without growing the stack") {
    constexpr int links = 100;
    for (const std::size_t capacity : {0U, 16U}) {
        const int elements = capacity == 0 ? long_stream / 10 : long_stream;
        std::deque<Channel<int>> channels;
        const auto link = [](Channel<int>& from, Channel<int>& to) -> Task<> {
            while (const std::optional<int> element = co_await from.pop()) {
                co_await to.push(*element + 1);
            }
            to.close();
        };
        const auto feed = [](Channel<int>& to, int count) -> Task<> {
            for (int value = 0; value < count; ++value) {
                co_await to.push(value);
            }
            to.close();
        };
        channels.emplace_back(capacity);
        executor.spawn(feed(channels.front(), elements)).detach();
        for (int number = 0; number < links; ++number) {
            Channel<int>& from = channels.back();
            Channel<int>& to = channels.emplace_back(capacity);
            executor.spawn(link(from, to)).detach();
        }
        int next = 0;
        bool in_order = true;
        while (const std::optional<int> element = co_await channels.back().pop()) {
            in_order = in_order && *element == next + links;
            ++next;
        }
        CHECK(in_order);
        CHECK(next == elements);
    }
}
