#pragma once

#include "gpu.hpp"

#include <juggle/as_outcome.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/task.hpp>

#include <span>

namespace fengine::ON_GPU {

/// Waits for the turn of a ticket whose value will be written anew, and on the host until what
/// earlier chunks have enqueued has ended, well or not: what failed was theirs, and spoils nothing
/// that comes after.
template <class Value>
juggle::Task<> take_over(gpu::Resource<Value>& resource,
                         typename gpu::Resource<Value>::Allocation& ticket) {
    bool is_spoiled = false;
    try {
        (void)co_await ticket.wait();
    } catch (const juggle::ResourcePoisoned&) {
        is_spoiled = true;
    }
    if (is_spoiled) {
        resource.clear_poison();
    }
    const std::span<const gpu::Event> events = co_await ticket.wait();
    for (const gpu::Event& event : events) {
        (void)co_await juggle::as_outcome(event);
    }
}

}  // namespace fengine::ON_GPU
