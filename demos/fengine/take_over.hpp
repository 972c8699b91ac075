#pragma once

#include <juggle/as_outcome.hpp>
#include <juggle/opencl/resource.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/task.hpp>

#include <CL/opencl.hpp>

#include <span>

namespace fengine {

/// Waits for the turn of a ticket whose value will be written anew, and on the host until what
/// earlier chunks have enqueued has ended, well or not: what failed was theirs, and spoils nothing
/// that comes after.
template <class Value>
juggle::Task<> take_over(juggle::opencl::Resource<Value>& resource,
                         juggle::opencl::ResourceAllocation<Value>& ticket) {
    bool is_spoiled = false;
    try {
        (void)co_await ticket.wait();
    } catch (const juggle::ResourcePoisoned&) {
        is_spoiled = true;
    }
    if (is_spoiled) {
        resource.clear_poison();
    }
    const std::span<const cl::Event> events = co_await ticket.wait();
    for (const cl::Event& event : events) {
        (void)co_await juggle::as_outcome(event);
    }
}

}  // namespace fengine
