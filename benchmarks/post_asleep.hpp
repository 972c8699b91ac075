#pragma once

#include "measure.hpp"
#include "waker.hpp"

#include <juggle/executor.hpp>
#include <juggle/task.hpp>

namespace measure {

/// The time from just before a post to just after the resumption, the executor asleep; in turns
/// with a `Reference`, on which the thread itself waits for the waker.
template <class Reference>
juggle::Task<> post_asleep(benchmark::State& state, juggle::Executor&) {
    Waker waker;
    Reference reference;
    for (int round = 0; round < warm_up; ++round) {
        co_await Woken{waker};
    }
    Samples samples{state};
    const Allocations allocations{state};
    for (auto _ : state) {
        co_await Woken{waker};
        samples.add_since(waker.began());
        reference.wait_for(waker);
        samples.add_reference_since(waker.began());
    }
}

}  // namespace measure
