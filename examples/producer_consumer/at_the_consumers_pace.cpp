#include "forms.hpp"

#include <juggle/channel.hpp>
#include <juggle/sleep.hpp>
#include <juggle/when_all.hpp>

using namespace std::chrono_literals;

namespace producer_consumer {
namespace {

juggle::Task<> produce(Log& log, juggle::Channel<int>& channel, int items) {
    for (int number = 1; number <= items; ++number) {
        co_await channel.push(number);
        log.say("producer", "pushed ", number);
        co_await channel.join();  // waits until it was dealt with
    }
    channel.close();
}

juggle::Task<> consume(Log& log, juggle::Channel<int>& channel) {
    while (const auto number = co_await channel.pop()) {
        co_await juggle::sleep_for(*number * 100ms);
        log.say("consumer", "is done with ", *number);
        channel.task_done();
    }
}

}  // namespace

juggle::Task<> at_the_consumers_pace(Log& log, int items) {
    juggle::Channel<int> channel{10};  // has room enough; it is not what slows the producer down
    co_await juggle::when_all(produce(log, channel, items), consume(log, channel));
}

}  // namespace producer_consumer
