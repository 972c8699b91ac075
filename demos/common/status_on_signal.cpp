#include "common/status_on_signal.hpp"

#include "common/system_error.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <iostream>
#include <new>
#include <thread>

#include <semaphore.h>

namespace common {

namespace {

// All that a handler may use: a semaphore, which is never destroyed, since one may still be
// running.
sem_t wanted;
std::atomic<bool> over{false};

extern "C" void note_wish(int) {
    const int saved_errno = errno;
    ::sem_post(&wanted);
    errno = saved_errno;
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
        while (::sem_wait(&wanted) != 0) {}  // interrupted
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
    static const bool ready = ::sem_init(&wanted, 0, 0) == 0;
    if (!ready) {
        throw SystemError("sem_init");
    }
    over = false;
    messenger_ = std::thread{&pass_wishes_on, std::ref(executor)};
    try {
        handle_signal(&note_wish);
    } catch (...) {
        over = true;
        ::sem_post(&wanted);
        messenger_.join();
        throw;
    }
}

StatusOnSignal::~StatusOnSignal() {
    std::signal(SIGUSR1, SIG_IGN);  // rather than to end the program, as it would without a handler
    over = true;
    ::sem_post(&wanted);
    messenger_.join();
}

}  // namespace common
