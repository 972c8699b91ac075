#pragma once

#include "log.hpp"

#include <juggle/task.hpp>

#include <chrono>

namespace producer_consumer {

/// One producer and one consumer with a channel between them; a timer ends it after `length`.
juggle::Task<> with_a_timer(Log& log, std::chrono::milliseconds length);

/// The producer goes on only when the consumer has done with what it was given: `items` times.
juggle::Task<> at_the_consumers_pace(Log& log, int items);

/// Three producers are iterated together by one consumer, `items` of each.
juggle::Task<> three_into_one(Log& log, int items);

}  // namespace producer_consumer
