#pragma once

#include "common/listen.hpp"

#include <juggle/semaphore.hpp>
#include <juggle/task.hpp>
#include <juggle/task_group.hpp>

#include <cstddef>
#include <exception>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

namespace fengine {

namespace detail {

/// What goes wrong with one client, such as no memory for its answer, is not for the others.
inline juggle::Task<> serve_one(juggle::Task<> talk, juggle::SemaphorePermit permit) {
    try {
        co_await std::move(talk);
    } catch (const std::exception&) {
        permit = {};
    }
}

}  // namespace detail

/// `co_await`: accepts clients and lets `talk(socket)`, a task each, serve at most so many at a
/// time, until a stop request. The name is for metrics and messages.
template <class Talk>
juggle::Task<> serve_clients(boost::asio::ip::tcp::acceptor& acceptor, const char* name,
                             std::size_t max_clients, Talk talk) {
    juggle::Semaphore places{name, max_clients};
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): awaited below
    const auto accept_all = [&](juggle::TaskGroup& group) -> juggle::Task<> {
        for (;;) {
            juggle::SemaphorePermit permit = co_await places.acquire();
            boost::asio::ip::tcp::socket client = co_await common::accept(acceptor);
            group.spawn(detail::serve_one(talk(std::move(client)), std::move(permit)));
        }
    };
    co_await juggle::with_task_group(accept_all);
}

}  // namespace fengine
