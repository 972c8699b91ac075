// The works with Asio's own coroutines: standalone, or Boost's if PEERS_BOOST is defined.
//
// Asio has no lock for coroutines: a channel with room for one serves as one, as its users do it.

#include "../waker.hpp"
#include "work.hpp"

#ifdef PEERS_BOOST
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/version.hpp>
#define PEERS_ASIO_VERSION BOOST_ASIO_VERSION
#else
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>
#define PEERS_ASIO_VERSION ASIO_VERSION
#endif

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace {

#ifdef PEERS_BOOST
namespace net = boost::asio;
using boost::system::error_code;
#else
namespace net = asio;
using asio::error_code;
#endif

using net::awaitable;
using peers::check_equal;
using namespace net::experimental::awaitable_operators;

// What its documentation has for the purpose since 1.30: no coroutine for each operation.
#if PEERS_ASIO_VERSION >= 103000
constexpr auto& token = net::deferred;
#else
constexpr auto& token = net::use_awaitable;
#endif

template <class... Values>
using Channel = net::experimental::channel<void(error_code, Values...)>;
/// What goes through it means nothing (1.22 has no channel of nothing).
using Lock = Channel<bool>;

void unlock(Lock& lock) {
    lock.try_receive([](error_code, bool) {});
}

/// Runs a work that is a coroutine.
template <awaitable<void> (*work)(net::io_context&, long)>
double in_context(long count) {
    net::io_context context{1};
    std::exception_ptr failure;
    net::co_spawn(context, work(context, count),
                  [&](std::exception_ptr error) { failure = error; });
    context.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    return 0;
}

awaitable<void> lock(net::io_context& context, long count) {
    Lock lock{context, 1};
    long value = 0;
    for (long done = 0; done < count; ++done) {
        co_await lock.async_send(error_code{}, true, token);
        ++value;
        co_await lock.async_receive(token);
    }
    check_equal("value", value, count);
}

/// Without a suspension, if the lock is free.
awaitable<void> try_lock(net::io_context& context, long count) {
    Lock lock{context, 1};
    long value = 0;
    for (long done = 0; done < count; ++done) {
        if (!lock.try_send(error_code{}, true)) {
            co_await lock.async_send(error_code{}, true, token);
        }
        ++value;
        unlock(lock);
    }
    check_equal("value", value, count);
}

awaitable<void> enter(Lock& lock, peers::Order& order, long place) {
    co_await lock.async_send(error_code{}, true, token);
    order.enter(place);
    unlock(lock);
}

awaitable<void> handoff(net::io_context& context, long count) {
    Lock lock{context, 1};
    for (long done = 0; done < count; done += peers::in_line) {
        peers::Order order;
        co_await lock.async_send(error_code{}, true, token);
        for (long place = 0; place < peers::in_line; ++place) {
            net::co_spawn(context, enter(lock, order, place), net::detached);
        }
        co_await net::post(context, token);  // now all of them wait
        unlock(lock);
        co_await lock.async_send(error_code{}, true, token);  // behind the last of them
        unlock(lock);
        check_equal("tasks", order.entered(), peers::in_line);
    }
}

awaitable<void> yields(net::io_context& context, long count) {
    for (long done = 0; done < count; ++done) {
        co_await net::post(context, token);
    }
}

awaitable<void> send_all(Channel<long>& channel, long count) {
    for (long done = 0; done < count; ++done) {
        co_await channel.async_send(error_code{}, done, token);
    }
}

awaitable<void> channel(net::io_context& context, long count) {
    Channel<long> channel{context, peers::capacity};
    net::co_spawn(context, send_all(channel, count), net::detached);
    peers::Order order;
    while (order.entered() != count) {
        order.enter(co_await channel.async_receive(token));
    }
}

awaitable<void> try_send_all(Channel<long>& channel, long count) {
    for (long done = 0; done < count; ++done) {
        if (!channel.try_send(error_code{}, done)) {
            co_await channel.async_send(error_code{}, done, token);
        }
    }
}

/// What need not wait does not suspend, as with the channels of others.
awaitable<void> try_channel(net::io_context& context, long count) {
    Channel<long> channel{context, peers::capacity};
    net::co_spawn(context, try_send_all(channel, count), net::detached);
    peers::Order order;
    while (order.entered() != count) {
        if (!channel.try_receive([&order](error_code, long element) { order.enter(element); })) {
            order.enter(co_await channel.async_receive(token));
        }
    }
}

[[gnu::noinline]] awaitable<long> value(long value) { co_return value; }

[[gnu::noinline]] awaitable<long> value_after_a_turn(net::io_context& context, long value) {
    co_await net::post(context, token);
    co_return value;
}

awaitable<void> child(net::io_context&, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        sum += co_await value(2);
    }
    check_equal("sum", sum, 2 * count);
}

awaitable<void> spawn_join(net::io_context& context, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        sum += co_await net::co_spawn(context, value(2), token);
    }
    check_equal("sum", sum, 2 * count);
}

awaitable<void> all_of_two(net::io_context&, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        const auto [left, right] = co_await (value(1) && value(2));
        sum += left + right;
    }
    check_equal("sum", sum, 3 * count);
}

awaitable<void> all_of_two_turns(net::io_context& context, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        const auto [left, right] =
            co_await (value_after_a_turn(context, 1) && value_after_a_turn(context, 2));
        sum += left + right;
    }
    check_equal("sum", sum, 3 * count);
}

awaitable<void> sleep_long(net::io_context& context) {
    net::steady_timer timer{context, std::chrono::hours{1}};
    co_await timer.async_wait(token);
}

awaitable<void> race(net::io_context& context, long count) {
    long won = 0;
    for (long done = 0; done < count; ++done) {
        const auto winner = co_await (value_after_a_turn(context, 2) || sleep_long(context));
        won += winner.index() == 0 ? 1 : 0;
    }
    check_equal("races won", won, count);
}

awaitable<void> timeout(net::io_context& context, long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
#if PEERS_ASIO_VERSION >= 103100
        sum += co_await net::co_spawn(context, value_after_a_turn(context, 2),
                                      net::cancel_after(std::chrono::hours{1}, token));
#else
        net::steady_timer timer{context, std::chrono::hours{1}};
        const auto first =
            co_await (value_after_a_turn(context, 2) || timer.async_wait(net::use_awaitable));
        sum += std::get<0>(first);
#endif
    }
    check_equal("sum", sum, 2 * count);
}

/// Completes on the context's thread once another thread has posted it, the context asleep.
template <class Token>
auto woken(net::io_context& context, measure::Waker& waker, Token&& chosen) {
    return net::async_initiate<Token, void()>(
        [&](auto handler) {
            struct State {
                net::io_context& context;
                net::executor_work_guard<net::io_context::executor_type> work;
                decltype(handler) call;
            };
            auto* state = new State{context, net::make_work_guard(context), std::move(handler)};
            waker.request(
                [](void* target) {
                    const std::unique_ptr<State> self{static_cast<State*>(target)};
                    net::post(self->context, std::move(self->call));
                },
                state);
        },
        chosen);
}

double wake_nanoseconds = 0;

awaitable<void> wake(net::io_context& context, long count) {
    measure::Waker waker;
    std::chrono::duration<double, std::nano> time{0};
    for (long done = 0; done < count; ++done) {
        co_await woken(context, waker, net::use_awaitable);
        time += measure::Time::now() - waker.began();
    }
    wake_nanoseconds = time.count() / static_cast<double>(count);
}

double post_asleep(long count) {
    in_context<wake>(count);
    return wake_nanoseconds;
}

awaitable<void> post_busy(net::io_context& context, long count) {
    long arrived = 0;
    const std::jthread thread{[&context, &arrived, count] {
        for (long done = 0; done < count; ++done) {
            net::post(context, [&arrived] { ++arrived; });
        }
    }};
    while (arrived != count) {
        co_await net::post(context, token);
    }
}

constexpr peers::Work all[] = {
    {"lock", in_context<lock>},
    {"try_lock", in_context<try_lock>},
    {"handoff", in_context<handoff>},
    {"yield", in_context<yields>},
    {"channel", in_context<channel>},
    {"try_channel", in_context<try_channel>},
    {"child", in_context<child>},
    {"spawn_join", in_context<spawn_join>},
    {"all_of_two", in_context<all_of_two>},
    {"all_of_two_turns", in_context<all_of_two_turns>},
    {"race", in_context<race>},
    {"timeout", in_context<timeout>},
    {"post_asleep", post_asleep},
    {"post_busy", in_context<post_busy>},
};

std::string name() {
    const std::string asio = std::to_string(PEERS_ASIO_VERSION / 100'000) + "." +
                             std::to_string(PEERS_ASIO_VERSION / 100 % 1'000) + "." +
                             std::to_string(PEERS_ASIO_VERSION % 100);
#ifdef PEERS_BOOST
    return "Boost.Asio " + std::to_string(BOOST_VERSION / 100'000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1'000) + " (Asio " + asio + ")";
#else
    return "Asio " + asio;
#endif
}

const std::string own_name = name();

}  // namespace

const std::string_view peers::library = own_name;
const std::span<const peers::Work> peers::works{all};
