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

#include <sys/wait.h>
#include <unistd.h>

using juggle::Cancelled;
using juggle::Executor;
using juggle::StopSignals;
using juggle::Task;

namespace {

Task<> wait_for_ever() {
    juggle::AsyncEvent never;
    co_await never.wait();
}

/// What is done about a signal.
struct sigaction disposition(int signal) {
    struct sigaction result{};
    REQUIRE(::sigaction(signal, nullptr, &result) == 0);
    return result;
}

bool is_default(int signal) { return disposition(signal).sa_handler == SIG_DFL; }

/// Catch2 and the sanitizers have handlers too: those of the tests are put back.
class Handled {
public:
    Handled(int signal, void (*handler)(int)) : signal_{signal}, before_{disposition(signal)} {
        std::signal(signal, handler);
    }
    ~Handled() { ::sigaction(signal_, &before_, nullptr); }
    Handled(const Handled&) = delete;
    Handled& operator=(const Handled&) = delete;

private:
    int signal_;
    struct sigaction before_;
};

void wait_until_requested(const std::stop_token& token) {
    std::atomic<bool> requested{false};
    const std::stop_callback callback{token, [&requested] {
                                          requested = true;
                                          requested.notify_all();
                                      }};
    requested.wait(false);
}

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
        sender = std::thread{[] { ::kill(::getpid(), SIGINT); }};
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
    const Handled hang_up{SIGHUP, SIG_DFL};
    const StopSignals signals{SIGHUP};
    CHECK(is_default(SIGINT));
    CHECK(is_default(SIGTERM));
    std::raise(SIGHUP);
    wait_until_requested(signals.token());
    CHECK(signals.signal() == SIGHUP);
}

TEST_CASE("a signal may be listed twice") {
    const Handled restored{SIGHUP, SIG_IGN};
    { const StopSignals signals{SIGHUP, SIGHUP}; }
    CHECK(disposition(SIGHUP).sa_handler == SIG_IGN);
}

TEST_CASE("the dispositions that were there before are put back") {
    const auto handler = [](int) {};
    const Handled interrupt{SIGINT, SIG_IGN};
    const Handled terminate{SIGTERM, handler};
    for (const bool signalled : {false, true}) {
        {
            const StopSignals signals;
            CHECK(disposition(SIGINT).sa_handler != SIG_IGN);
            CHECK(disposition(SIGTERM).sa_handler != +handler);
            if (signalled) {
                std::raise(SIGINT);
            }
        }
        CHECK(disposition(SIGINT).sa_handler == SIG_IGN);
        CHECK(disposition(SIGTERM).sa_handler == +handler);
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

TEST_CASE("a handled signal leaves errno alone, and does not interrupt calls that block") {
    const Handled restored{SIGINT, SIG_DFL};
    const StopSignals signals;
    errno = EDOM;
    std::raise(SIGINT);
    CHECK(errno == EDOM);
    CHECK((disposition(SIGINT).sa_flags & SA_RESTART) != 0);
    wait_until_requested(signals.token());
}

// ---- bad input ----------------------------------------------------------------------------------

TEST_CASE("there is one at a time in a process") {
    const auto signals = std::make_unique<StopSignals>();
    CHECK_THROWS_AS(StopSignals{}, std::logic_error);
    CHECK_THROWS_AS(StopSignals{SIGHUP}, std::logic_error);
    CHECK_THROWS_WITH(StopSignals{}, Catch::Contains("StopSignals"));
}

TEST_CASE("a number that is no signal, or one that cannot be handled, is an invalid argument") {
    const Handled interrupt{SIGINT, SIG_IGN};
    for (const int bad : {0, -1, 1'000'000, SIGKILL, SIGSTOP}) {
        CHECK_THROWS_AS((StopSignals{SIGINT, bad}), std::invalid_argument);
        CHECK_THROWS_WITH((StopSignals{SIGINT, bad}),
                          Catch::Contains("'signals'") && Catch::Contains(std::to_string(bad)));
        CHECK(disposition(SIGINT).sa_handler == SIG_IGN);
    }
    const StopSignals possible{SIGINT};
    CHECK(disposition(SIGINT).sa_handler != SIG_IGN);
}

TEST_CASE("an empty list of signals is an invalid argument") {
    CHECK_THROWS_AS(StopSignals(std::initializer_list<int>{}), std::invalid_argument);
}

// ---- the process ends ---------------------------------------------------------------------------

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
