// Jobs of a bridge's thread are launched through tickets, as commands of a device are.
#include "../bridge/worker.hpp"

#include <juggle/bridge/turns_awaiter.hpp>
#include <juggle/juggle.hpp>

#include <cstdio>
#include <functional>
#include <span>
#include <utility>

using Number = juggle::Resource<int, worker::Event>;
using Ticket = juggle::ResourceAllocation<int, worker::Event>;

// [awaiter]
/// `co_await Launch{ticket, function}`: `function(value)` runs on the worker when the turn has
/// come. What guards the value is older jobs, which the same thread has run by then: nothing is
/// waited for.
class Launch final : public juggle::bridge::TurnsAwaiter<worker::Event, Ticket&> {
public:
    Launch(Ticket& ticket, std::function<void(int&)> function)
        : TurnsAwaiter{"Launch", juggle::bridge::tie_tickets(ticket)}, ticket_{ticket},
          function_{std::move(function)} {}

    worker::Event await_resume() {
        Turn turn{*this};
        turn.hold();
        turn.reserve(1);
        const worker::Event event = worker::make_job(
            "launched", [&number = *ticket_, call = std::move(function_)] { call(number); });
        juggle::bridge::service<worker::Thread>(*juggle::Executor::current()).launch(event);
        turn.track(event);
        turn.set_respected();
        return event;
    }

private:
    Ticket& ticket_;
    std::function<void(int&)> function_;
};
// [/awaiter]

juggle::Task<> add(Ticket ticket, int more) {
    co_await Launch{ticket, [more](int& number) { number += more; }};
    ticket.ready();  // the next job may be launched; this one has hardly begun
}

juggle::Task<> work(Number& number) {
    co_await juggle::when_all(add(number.acquire(), 1), add(number.acquire(), 2),
                              add(number.acquire(), 4));
    auto last = co_await number.acquire();
    std::printf("%d\n", *last);
    last.ready();
}

int main() {
    Number number{0};
    juggle::Executor executor;
    executor.run(work(number));
}

// prints:
// 7
