// A whole thread channel: its ring, the post that tells the executor, the executor that sleeps, and
// the two ends that go away on their own.

#include "scenarios.hpp"
#include "support/catch.hpp"

#include <juggle/executor.hpp>
#include <juggle/task.hpp>
#include <juggle/thread_channel.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using Element = std::unique_ptr<int>;
using Channel = juggle::ThreadChannel<Element>;

juggle::Task<int> pop(Channel& channel, int most) {
    for (int popped = 0; popped < most; ++popped) {
        const std::optional<Element> element = co_await channel.pop();
        if (!element) {
            co_return popped;
        }
    }
    co_return most;
}

/// A producer pushes and goes away, the executor pops so many and goes away.
model::Scenario channel(const std::string& name, std::size_t capacity, int pushes, int pops,
                        bool closes, model::Size size = {}) {
    return {"channel, " + name,
            [=] {
                model::local_to_thread(reinterpret_cast<void**>(&juggle::detail::current_loop));
                std::optional<juggle::Executor> executor{std::in_place};
                std::optional<Channel> channel{std::in_place, *executor, capacity};
                int pushed = 0;
                int popped = 0;
                model::thread("producer", [&, producer = channel->producer()] {
                    while (pushed < pushes && producer.push(Element{new int})) {
                        ++pushed;
                    }
                    if (closes) {
                        producer.close();
                    }
                });
                model::thread("executor", [&] {
                    popped = executor->run(pop(*channel, pops));
                    channel.reset();
                    executor.reset();
                });
                model::join();
                model::require(popped <= pushed, "what is popped was pushed");
                model::require(popped == std::min(pushes, pops), "what was pushed is popped");
            },
            size};
}

std::vector<model::Scenario> scenarios() {
    const model::Size large{false, 0, 0};
    return {channel("one element", 1, 1, 1, false),
            channel("gone before the producer", 1, 1, 0, false),
            channel("gone while the producer sleeps", 1, 2, 0, false),
            channel("closed", 1, 0, 1, true),
            channel("one element, closed", 1, 1, 2, true),
            channel("two elements", 1, 2, 2, false, large),
            channel("two elements, room for both", 2, 2, 2, false, large)};
}

}  // namespace

TEST_CASE("channel: no interleaving loses an element, a sleeper or memory") {
    model::check_all(scenarios());
}

TEST_CASE("channel: each memory order is needed") {
    model::check_orders("thread_channel_base.hpp", scenarios(), {});
}
