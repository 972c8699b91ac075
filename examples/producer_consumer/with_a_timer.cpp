#include "forms.hpp"

#include <juggle/channel.hpp>
#include <juggle/sleep.hpp>
#include <juggle/timeout.hpp>
#include <juggle/when_all.hpp>

using namespace std::chrono_literals;

namespace producer_consumer {
namespace {

// [channel]
juggle::Task<> produce(Log& log, juggle::Channel<int>& channel) {
    for (int number = 1;; ++number) {
        co_await juggle::sleep_for(100ms);
        co_await channel.push(number);  // waits while the channel is full
        log.say("producer", "pushed ", number, ", in the channel: ", channel.size());
    }
}

juggle::Task<> consume(Log& log, juggle::Channel<int>& channel) {
    while (const auto number = co_await channel.pop()) {
        co_await juggle::sleep_for(150ms);
        log.say("consumer", "consumed ", *number);
    }
    log.say("consumer", "sees the end");
}
// [/channel]

// [timer]
juggle::Task<> produce_until(Log& log, juggle::Channel<int>& channel,
                             std::chrono::milliseconds length) {
    try {
        co_await juggle::timeout(length, produce(log, channel));
    } catch (const juggle::TimedOut&) {
        log.say("timer", "time is up");
    }
    channel.close();  // what is in it will still be consumed
}
// [/timer]

}  // namespace

juggle::Task<> with_a_timer(Log& log, std::chrono::milliseconds length) {
    juggle::Channel<int> channel{2};
    co_await juggle::when_all(produce_until(log, channel, length), consume(log, channel));
}

}  // namespace producer_consumer
