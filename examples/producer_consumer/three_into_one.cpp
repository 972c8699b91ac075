#include "forms.hpp"

#include <juggle/generator.hpp>
#include <juggle/merge.hpp>
#include <juggle/sleep.hpp>

#include <string>

using namespace std::chrono_literals;

namespace producer_consumer {
namespace {

// [produce]
juggle::Generator<std::string> produce(char name, int items) {
    for (int number = 1; number <= items; ++number) {
        co_await juggle::sleep_for(100ms);
        co_yield name + std::to_string(number);
    }
}
// [/produce]

}  // namespace

// [merge]
juggle::Task<> three_into_one(Log& log, int items) {
    auto all = juggle::merge(produce('a', items), produce('b', items), produce('c', items));
    while (const auto item = co_await all.next()) {
        log.say("consumer", *item);
    }
}
// [/merge]

}  // namespace producer_consumer
