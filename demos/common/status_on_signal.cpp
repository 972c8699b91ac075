#include "common/status_on_signal.hpp"

#include "common/system_error.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <iostream>
#include <new>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace common {

namespace {

// All that a handler may use: a pipe, a byte for each wish. It is never closed, since a handler may
// still be running. (macOS has no `sem_init`.)
int wishes[2];
std::atomic<bool> over{false};

void wish() {
    const char byte = 0;
    // If it is full, there is enough to be read.
    [[maybe_unused]] const ssize_t written = ::write(wishes[1], &byte, 1);
}

extern "C" void note_wish(int) {
    const int saved_errno = errno;
    wish();
    errno = saved_errno;
}

/// The handler must never wait, so the end that it writes to does not block.
bool open_pipe() {
    return ::pipe(wishes) == 0 && ::fcntl(wishes[0], F_SETFD, FD_CLOEXEC) == 0 &&
           ::fcntl(wishes[1], F_SETFD, FD_CLOEXEC) == 0 &&
           ::fcntl(wishes[1], F_SETFL, O_NONBLOCK) == 0;
}

void handle_signal(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    if (::sigaction(SIGUSR1, &action, nullptr) != 0) {
        throw SystemError("sigaction");
    }
}

/// The thread that does what the handler must not. It is no `juggle::Poster`: that a user may ask
/// is no reason for the executor to wait.
void pass_wishes_on(juggle::Executor& executor) {
    for (;;) {
        char byte;
        while (::read(wishes[0], &byte, 1) != 1) {}  // interrupted
        if (over) {
            return;
        }
        try {
            executor.post([&executor] { std::cerr << executor.describe(); });
        } catch (const std::bad_alloc&) {
            continue;  // not now
        }
    }
}

}  // namespace

StatusOnSignal::StatusOnSignal(juggle::Executor& executor) {
    static const bool ready = open_pipe();
    if (!ready) {
        throw SystemError("pipe");
    }
    over = false;
    messenger_ = std::thread{&pass_wishes_on, std::ref(executor)};
    try {
        handle_signal(&note_wish);
    } catch (...) {
        over = true;
        wish();
        messenger_.join();
        throw;
    }
}

StatusOnSignal::~StatusOnSignal() {
    std::signal(SIGUSR1, SIG_IGN);  // rather than to end the program, as it would without a handler
    over = true;
    wish();
    messenger_.join();
}

}  // namespace common
