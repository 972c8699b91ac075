// A value that comes later: the future is a resource, and the promise its first ticket.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

using Answer = juggle::Resource<std::optional<int>>;

struct Request {
    int number;
    Answer::Allocation answer;
};

juggle::Task<> serve(juggle::Channel<Request>& requests) {
    while (std::optional<Request> request = co_await requests.pop()) {
        if (request->number < 0) {
            request->answer.fail(
                std::make_exception_ptr(std::domain_error{"no answer to a negative number"}));
        } else {
            request->answer->emplace(2 * request->number);
            request->answer.ready();
        }
    }
}

// For as many tasks as like, and as often.
juggle::Task<int> get(Answer& answer) {
    auto ticket = co_await answer.acquire_shared();
    const int number = ticket->value();
    ticket.ready();
    co_return number;
}

juggle::Task<> ask(juggle::Channel<Request>& requests, int number) {
    Answer answer{"answer", std::nullopt};
    Answer::Allocation promise = co_await answer.acquire();  // does not suspend
    co_await requests.emplace(number, std::move(promise));
    try {
        std::printf("%d gives %d\n", number, co_await get(answer));
    } catch (const juggle::ResourcePoisoned& poisoned) {
        try {
            std::rethrow_if_nested(poisoned);
        } catch (const std::domain_error& cause) {
            std::printf("%d fails: %s\n", number, cause.what());
        }
    }
}

juggle::Task<> ask_all(juggle::Channel<Request>& requests) {
    co_await juggle::when_all(ask(requests, 21), ask(requests, -1));
    requests.close();
}

juggle::Task<> program() {
    juggle::Channel<Request> requests{"requests", 4};
    co_await juggle::when_all(serve(requests), ask_all(requests));
}

int main() {
    juggle::Executor executor;
    executor.run(program());
}

// prints:
// 21 gives 42
// -1 fails: no answer to a negative number
