#pragma once

#include <juggle/event_traits.hpp>

#include <coroutine>
#include <span>

namespace correlator {

/// Without MPI there is one rank, and what it sends to itself has come when the call returns.
struct Message {};

}  // namespace correlator

template <>
struct juggle::EventTraits<correlator::Message> {
    using Message = correlator::Message;
    static EventStatus status(const Message& /*message*/) noexcept { return EventStatus::complete; }
    static std::suspend_never wait(std::span<const Message> /*messages*/) noexcept { return {}; }
    static void wait_on_host(std::span<const Message> /*messages*/) noexcept {}
};
