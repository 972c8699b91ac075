// What is printed when standard error is a pipe that nobody reads, or closed: the process goes on.

#include "support/catch.hpp"
#include "support/process.hpp"

#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/juggle.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

using juggle::Executor;
using juggle::ExecutorOptions;
using juggle::Task;

namespace {

/// Standard error is a pipe whose reader is gone.
void break_standard_error() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0 || ::dup2(ends[1], STDERR_FILENO) != STDERR_FILENO) {
        ::_exit(9);
    }
    ::close(ends[0]);
    ::close(ends[1]);
}

void close_standard_error() { ::close(STDERR_FILENO); }

/// How a child process ends that calls a function after another: its status, or minus its signal.
int end_of(const std::function<void()>& before, const std::function<void()>& function) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGPIPE, SIG_DFL);
        std::signal(SIGABRT, SIG_DFL);
        before();
        function();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Task<> fail() {
    throw std::runtime_error{"nobody reads this"};
    co_return;
}
Task<> forget_a_resource(juggle::Resource<int>& resource) {
    auto allocation = resource.acquire();
    (void)co_await allocation.wait_events();
}

/// An exception and a diagnostic, each a line or more.
void have_something_reported() {
    ExecutorOptions options;
    Executor executor{options};
    juggle::Resource<int> resource{0};
    executor.spawn(fail()).detach();
    executor.run(forget_a_resource(resource));
}
void have_throwing_reporters() {
    ExecutorOptions options;
    options.on_unhandled_exception = [](const auto&) { throw 1; };
    options.on_diagnostic = [](auto) { throw 1; };
    Executor executor{options};
    juggle::Resource<int> resource{0};
    executor.spawn(fail()).detach();
    executor.run(forget_a_resource(resource));
}
void have_something_reported_without_executor() {
    const auto handle = [] {
        Executor executor;
        auto failed = executor.spawn(fail());
        (void)executor.poll();
        (void)executor.poll();
        return failed;
    }();
}

bool pipe_signal_pending() {
    sigset_t pending;
    ::sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}
bool pipe_signal_blocked() {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGPIPE) == 1;
}

}  // namespace

TEST_CASE("a report ends no process, whatever standard error is") {
    for (const auto& before : {&break_standard_error, &close_standard_error}) {
        for (const auto& report : {&have_something_reported, &have_throwing_reporters,
                                   &have_something_reported_without_executor}) {
            CHECK(end_of(before, [report] {
                      report();
                      report();
                      if (pipe_signal_pending() || pipe_signal_blocked()) {
                          ::_exit(1);
                      }
                  }) == 0);
        }
    }
    // What the process does itself has its effect.
    CHECK(end_of(&break_standard_error, [] {
              have_something_reported();
              (void)!::write(STDERR_FILENO, "x", 1);
          }) == -SIGPIPE);
}

TEST_CASE("a report calls no handler for a broken pipe, and leaves a signal pending that was") {
    CHECK(end_of(&break_standard_error, [] {
              std::signal(SIGPIPE, [](int) { ::_exit(1); });
              have_something_reported();
          }) == 0);
    CHECK(end_of(&break_standard_error, [] {
              sigset_t pipe;
              sigemptyset(&pipe);
              sigaddset(&pipe, SIGPIPE);
              ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
              have_something_reported();
              if (pipe_signal_pending() || !pipe_signal_blocked()) {
                  ::_exit(1);
              }
              (void)!::write(STDERR_FILENO, "x", 1);
              have_something_reported();
              if (!pipe_signal_pending() || !pipe_signal_blocked()) {
                  ::_exit(2);
              }
          }) == 0);
}

TEST_CASE("a report leaves errno as it is") {
    CHECK(end_of(&break_standard_error, [] {
              errno = 1234;
              juggle::detail::print("nobody reads this");
              if (errno != 1234) {
                  ::_exit(1);
              }
          }) == 0);
}

TEST_CASE("a misuse aborts and is no broken pipe") {
    CHECK(end_of(&break_standard_error, [] { juggle::detail::misuse("nobody reads this"); }) ==
          -SIGABRT);
    CHECK(end_of(&close_standard_error, [] { juggle::detail::misuse("nobody reads this"); }) ==
          -SIGABRT);
}

TEST_CASE("a report is for whatever is standard error, though a buffer was set for it") {
    const support::ProcessEnd end = support::run_in_child([] {
        std::array<char, 4096> buffer;
        std::setvbuf(stderr, buffer.data(), _IOFBF, buffer.size());
        juggle::detail::print("a line");
        ::_exit(0);
    });
    CHECK(end.errors == "a line\n");
}
