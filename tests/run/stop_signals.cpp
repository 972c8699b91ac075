// Ctrl-C as a stop request.

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#if defined(_WIN32)
#include <process.h>
#else
#include <sys/wait.h>
#include <unistd.h>
#endif

using juggle::Cancelled;
using juggle::Executor;
using juggle::StopSignals;
using juggle::Task;

namespace {

Task<> wait_for_ever() {
    juggle::AsyncEvent never;
    co_await never.wait();
}

#if defined(_WIN32)

using Disposition = void (*)(int);
constexpr int another_signal = SIGBREAK;

/// What is done about a signal.
Disposition disposition(int signal) {
    const Disposition result = std::signal(signal, SIG_DFL);
    std::signal(signal, result);
    return result;
}

void set_disposition(int signal, Disposition disposition) { std::signal(signal, disposition); }
Disposition handler(int signal) { return disposition(signal); }
void signal_from_elsewhere(int signal) { std::raise(signal); }

#else

using Disposition = struct sigaction;
constexpr int another_signal = SIGHUP;

Disposition disposition(int signal) {
    Disposition result{};
    REQUIRE(::sigaction(signal, nullptr, &result) == 0);
    return result;
}

void set_disposition(int signal, const Disposition& disposition) {
    ::sigaction(signal, &disposition, nullptr);
}
auto handler(int signal) { return disposition(signal).sa_handler; }
void signal_from_elsewhere(int signal) { ::kill(::getpid(), signal); }

#endif

bool is_default(int signal) { return handler(signal) == SIG_DFL; }

/// Catch2 and the sanitizers have handlers too: those of the tests are put back.
class Handled {
public:
    Handled(int signal, void (*handler)(int)) : signal_{signal}, before_{disposition(signal)} {
        std::signal(signal, handler);
    }
    ~Handled() { set_disposition(signal_, before_); }
    Handled(const Handled&) = delete;
    Handled& operator=(const Handled&) = delete;

private:
    int signal_;
    Disposition before_;
};

void wait_until_requested(const std::stop_token& token) {
    std::atomic<bool> requested{false};
    const std::stop_callback callback{token, [&requested] {
                                          requested = true;
                                          requested.notify_all();
                                      }};
    requested.wait(false);
}

#if !defined(_WIN32)
/// The signal that ends a child process which calls a function; 0 if it ends by itself.
template <class Function>
int signal_that_ends(Function function) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
        function();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
#endif

}  // namespace

TEST_CASE("a signal stops what an executor runs") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const Handled restored{signal, SIG_DFL};
        const StopSignals signals;
        Executor executor;
        const auto main = [signal]() -> Task<> {
            std::raise(signal);
            co_await wait_for_ever();
        };
        CHECK_THROWS_AS(executor.run(main(), signals.token()), Cancelled);
        CHECK(signals.signal() == signal);
        CHECK(signals.token().stop_requested());
    }
}

TEST_CASE("a signal wakes an executor that sleeps") {
    const Handled restored{SIGINT, SIG_DFL};
    const StopSignals signals;
    Executor executor;
    std::thread sender;
    const auto main = [&sender]() -> Task<> {
        sender = std::thread{[] { signal_from_elsewhere(SIGINT); }};
        co_await wait_for_ever();
    };
    CHECK_THROWS_AS(executor.run(main(), signals.token()), Cancelled);
    sender.join();
}

TEST_CASE("callbacks of the token run on a thread where anything may be done") {
    const Handled restored{SIGINT, SIG_DFL};
    const StopSignals signals;
    std::thread::id called_on;
    std::atomic<bool> called{false};
    const std::stop_callback callback{signals.token(), [&] {
                                          called_on = std::this_thread::get_id();
                                          called = true;
                                          called.notify_all();
                                      }};
    std::raise(SIGINT);
    called.wait(false);
    CHECK(called_on != std::this_thread::get_id());
}

TEST_CASE("before the first signal nothing is requested") {
    const StopSignals signals;
    CHECK(signals.signal() == 0);
    CHECK_FALSE(signals.token().stop_requested());
    CHECK(signals.token().stop_possible());
}

TEST_CASE("only the signals of the list are handled") {
    const Handled interrupt{SIGINT, SIG_DFL};
    const Handled terminate{SIGTERM, SIG_DFL};
    const Handled hang_up{another_signal, SIG_DFL};
    const StopSignals signals{another_signal};
    CHECK(is_default(SIGINT));
    CHECK(is_default(SIGTERM));
    std::raise(another_signal);
    wait_until_requested(signals.token());
    CHECK(signals.signal() == another_signal);
}

TEST_CASE("a signal may be listed twice") {
    const Handled restored{another_signal, SIG_IGN};
    { const StopSignals signals{another_signal, another_signal}; }
    CHECK(handler(another_signal) == SIG_IGN);
}

TEST_CASE("the dispositions that were there before are put back") {
    void (*const own)(int) = [](int) {};
    const Handled interrupt{SIGINT, SIG_IGN};
    const Handled terminate{SIGTERM, own};
    for (const bool signalled : {false, true}) {
        {
            const StopSignals signals;
            CHECK(handler(SIGINT) != SIG_IGN);
            CHECK(handler(SIGTERM) != own);
            if (signalled) {
                std::raise(SIGINT);
            }
        }
        CHECK(handler(SIGINT) == SIG_IGN);
        CHECK(handler(SIGTERM) == own);
    }
}

TEST_CASE("signals may be handled again after the object is gone, as if for the first time") {
    const Handled restored{SIGINT, SIG_DFL};
    std::stop_token first;
    {
        const StopSignals signals;
        first = signals.token();
        std::raise(SIGINT);
        wait_until_requested(first);
    }
    CHECK(first.stop_requested());
    const StopSignals signals;
    CHECK(signals.signal() == 0);
    CHECK_FALSE(signals.token().stop_requested());
    std::raise(SIGINT);
    wait_until_requested(signals.token());
    CHECK(signals.signal() == SIGINT);
}

TEST_CASE("the token may be kept longer than the object, and is not requested then") {
    std::stop_token token;
    {
        const StopSignals signals;
        token = signals.token();
    }
    CHECK_FALSE(token.stop_requested());
    CHECK_FALSE(token.stop_possible());
}

#if !defined(_WIN32)
TEST_CASE("a handled signal leaves errno alone, and does not interrupt calls that block") {
    const Handled restored{SIGINT, SIG_DFL};
    const StopSignals signals;
    errno = EDOM;
    std::raise(SIGINT);
    CHECK(errno == EDOM);
    CHECK((disposition(SIGINT).sa_flags & SA_RESTART) != 0);
    wait_until_requested(signals.token());
}
#endif

// ---- bad input ----------------------------------------------------------------------------------

TEST_CASE("there is one at a time in a process") {
    const auto signals = std::make_unique<StopSignals>();
    CHECK_THROWS_AS(StopSignals{}, std::logic_error);
    CHECK_THROWS_AS(StopSignals{another_signal}, std::logic_error);
    CHECK_THROWS_WITH(StopSignals{}, Catch::Contains("StopSignals"));
}

TEST_CASE("a number that is no signal, or one that cannot be handled, is an invalid argument") {
    const Handled interrupt{SIGINT, SIG_IGN};
    std::vector<int> bad_ones{0, -1, 1'000'000};
#if !defined(_WIN32)
    bad_ones.insert(bad_ones.end(), {SIGKILL, SIGSTOP});
#endif
    for (const int bad : bad_ones) {
        CHECK_THROWS_AS((StopSignals{SIGINT, bad}), std::invalid_argument);
        CHECK_THROWS_WITH((StopSignals{SIGINT, bad}), Catch::Contains("'signal_numbers'") &&
                                                          Catch::Contains(std::to_string(bad)));
        CHECK(handler(SIGINT) == SIG_IGN);
    }
    const StopSignals possible{SIGINT};
    CHECK(handler(SIGINT) != SIG_IGN);
}

TEST_CASE("an empty list of signals is an invalid argument") {
    CHECK_THROWS_AS(StopSignals(std::initializer_list<int>{}), std::invalid_argument);
}

// ---- the process ends ---------------------------------------------------------------------------

#if defined(_WIN32)

// There is no fork: this program runs one of the hidden cases.

TEST_CASE("first a signal, then another", "[.][two_signals]") {
    const StopSignals signals;
    std::raise(SIGINT);
    wait_until_requested(signals.token());
    std::raise(SIGTERM);
}

TEST_CASE("first a signal, then the same", "[.][signal_twice]") {
    const StopSignals signals;
    std::raise(SIGINT);
    wait_until_requested(signals.token());
    std::raise(SIGINT);
}

TEST_CASE("a signal", "[.][one_signal]") {
    const StopSignals signals;
    std::raise(SIGINT);
    wait_until_requested(signals.token());
}

TEST_CASE("a second signal, of whichever kind, ends the process as if nobody had handled it") {
    constexpr int default_effect = 3;  // of the C library
    const auto status_of = [](const char* hidden_case) {
        return ::_spawnl(_P_WAIT, __argv[0], __argv[0], hidden_case, nullptr);
    };
    CHECK(status_of("[two_signals]") == default_effect);
    CHECK(status_of("[signal_twice]") == default_effect);
    CHECK(status_of("[one_signal]") == 0);
}

#else

TEST_CASE("a second signal, of whichever kind, ends the process as if nobody had handled it") {
    if (!support::can_fork) {
        return;
    }
    for (const int first : {SIGINT, SIGTERM}) {
        for (const int second : {SIGINT, SIGTERM}) {
            CHECK(signal_that_ends([first, second] {
                      const StopSignals signals;
                      std::raise(first);
                      wait_until_requested(signals.token());
                      std::raise(second);
                  }) == second);
        }
    }
    CHECK(signal_that_ends([] {
              const StopSignals signals;
              std::raise(SIGINT);
              wait_until_requested(signals.token());
          }) == 0);
}

TEST_CASE("a second signal ends a process that ignores the stop request") {
    if (!support::can_fork) {
        return;
    }
    CHECK(signal_that_ends([] {
              const StopSignals signals;
              Executor executor;
              const auto stubborn = []() -> Task<> {
                  std::raise(SIGINT);
                  try {
                      co_await wait_for_ever();
                  } catch (const Cancelled&) {
                      ::kill(::getpid(), SIGTERM);
                  }
                  co_await wait_for_ever();
              };
              executor.run(stubborn(), signals.token());
          }) == SIGTERM);
}

TEST_CASE("in a forked process the signals have their default effect, and the parent goes on") {
    if (!support::can_fork) {
        return;
    }
    const Handled restored{SIGINT, SIG_DFL};
    const StopSignals signals;
    CHECK(signal_that_ends([] { std::raise(SIGINT); }) == SIGINT);
    CHECK(signals.signal() == 0);
    std::raise(SIGINT);
    wait_until_requested(signals.token());
}

TEST_CASE("a forked process may destroy the object, and make its own") {
    if (!support::can_fork_beside_threads) {
        return;
    }
    const Handled interrupt{SIGINT, SIG_DFL};
    const Handled terminate{SIGTERM, SIG_DFL};
    auto signals = std::make_unique<StopSignals>();
    CHECK(signal_that_ends([&signals] {
              signals.reset();
              const StopSignals own;
              std::raise(SIGINT);
              wait_until_requested(own.token());
          }) == 0);
    CHECK(signal_that_ends([&signals] {
              signals.reset();
              std::raise(SIGTERM);
          }) == SIGTERM);
    CHECK(signals->signal() == 0);
}

#endif
