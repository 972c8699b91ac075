// A whole channel to threads: its ring, the post that tells the executor, the executor that sleeps,
// and the two ends that go away on their own.

#include "scenarios.hpp"
#include "support/catch.hpp"

#include <juggle/channel_closed.hpp>
#include <juggle/channel_to_thread.hpp>
#include <juggle/executor.hpp>
#include <juggle/task.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using Element = std::unique_ptr<int>;
using Channel = juggle::ChannelToThread<Element>;

juggle::Task<int> push(Channel& channel, int elements) {
    for (int pushed = 0; pushed < elements; ++pushed) {
        try {
            co_await channel.push(Element{new int});
        } catch (const juggle::ChannelClosed&) {
            co_return pushed;
        }
    }
    co_return elements;
}

/// The executor pushes and goes away; a thread pops so many, closes if it is to, and goes away.
model::Scenario channel(const std::string& name, std::size_t capacity, int pushes, int pops,
                        bool closes, model::Size size = {}) {
    return {"channel to thread, " + name,
            [=] {
                model::local_to_thread(reinterpret_cast<void**>(&juggle::detail::current_loop));
                std::optional<juggle::Executor> executor{std::in_place};
                std::optional<Channel> channel{std::in_place, *executor, capacity};
                int pushed = 0;
                int popped = 0;
                model::thread("consumer", [&, consumer = channel->consumer()] {
                    while (popped < pops && consumer.pop()) {
                        ++popped;
                    }
                    if (closes) {
                        consumer.close();
                    }
                });
                model::thread("executor", [&] {
                    pushed = executor->run(push(*channel, pushes));
                    channel.reset();
                    executor.reset();
                });
                model::join();
                model::require(popped <= pushed, "what is popped was pushed");
                model::require(closes || pushed == pushes, "all is pushed");
                model::require(closes || popped == std::min(pushes, pops),
                               "what was pushed is popped");
            },
            size};
}

std::vector<model::Scenario> scenarios() {
    const model::Size large{false, 0, 0};
    return {channel("one element", 1, 1, 1, false),
            channel("one element, to the end", 1, 1, 2, false),
            channel("nobody pops", 1, 1, 0, false),
            channel("closed before", 1, 1, 0, true),
            channel("closed while the task waits", 1, 2, 0, true),
            channel("two elements", 1, 2, 2, false, large),
            channel("two elements, closed after one", 1, 2, 1, true, large)};
}

}  // namespace

TEST_CASE("channel to thread: no interleaving loses an element, a sleeper or memory") {
    model::check_all(scenarios());
}
