#pragma once

#include "support/catch.hpp"

#include <juggle/detail/base/misuse.hpp>
#include <juggle/executor.hpp>
#include <juggle/task.hpp>

#include <csignal>
#include <cstdio>
#include <string>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace support {

#if defined(__SANITIZE_THREAD__) || defined(_WIN32)  // which has no fork
inline constexpr bool can_fork = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool can_fork = false;
#else
inline constexpr bool can_fork = true;
#endif
#else
inline constexpr bool can_fork = true;
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SUPPORT_ADDRESS_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SUPPORT_ADDRESS_SANITIZER true
#endif
#endif
#ifndef SUPPORT_ADDRESS_SANITIZER
#define SUPPORT_ADDRESS_SANITIZER false
#endif

/// Whether it can while other threads are at work: AddressSanitizer's allocator stays locked for
/// ever in the child if one of them, and be it just starting, was inside of it.
inline constexpr bool can_fork_beside_threads = can_fork && !SUPPORT_ADDRESS_SANITIZER;

/// Whether the library in this build notices use from a wrong thread, and a test can see it.
inline constexpr bool sees_wrong_threads = can_fork && juggle::detail::has_checks;

/// How a child process ended, and what it said.
struct ProcessEnd {
    bool aborted = false;
    int status = -1;  // -1: it was ended by a signal
    std::string errors;
};

/// Calls a function in a child process; that must not use Catch2's macros. Only where `can_fork`.
template <class Function>
ProcessEnd run_in_child([[maybe_unused]] Function function) {
#if defined(_WIN32)
    return {};
#else
    int ends[2];
    if (::pipe(ends) != 0) {
        return {};
    }
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        function();
        std::fflush(nullptr);
        ::_exit(0);
    }
    ::close(ends[1]);
    ProcessEnd end;
    char buffer[512];
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        end.errors.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    end.aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    end.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return end;
#endif
}

/// Checks that a function aborts the program, with a word about it.
template <class Function>
void check_aborts_in_every_build(const std::string& word, Function function) {
    if (!can_fork) {
        return;
    }
    const ProcessEnd end = run_in_child(function);
    CHECK(end.aborted);
    CHECK_THAT(end.errors, Catch::Contains(word));
}

/// The same where the library of this build notices what only one with checks does.
template <class Function>
void check_aborts(const std::string& word, Function function) {
    if (sees_wrong_threads) {
        check_aborts_in_every_build(word, function);
    }
}

/// The same for a task on an executor of its own.
inline void check_task_aborts(const std::string& word, juggle::Task<> (*task)(juggle::Executor&)) {
    check_aborts(word, [task] {
        juggle::Executor executor;
        executor.run(task(executor));
    });
}

}  // namespace support
