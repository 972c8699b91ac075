#include "interrupt.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <semaphore.h>

namespace triple {
namespace {

constexpr int signals[] = {SIGINT, SIGTERM};

sem_t noted;  // sem_post is one of the few functions that a signal handler may call

extern "C" void note_signal(int) {
    const int saved_errno = errno;
    for (const int signal : signals) {
        std::signal(signal, SIG_DFL);  // the next one ends the process
    }
    sem_post(&noted);
    errno = saved_errno;
}

}  // namespace

Interrupt::Interrupt() {
    if (sem_init(&noted, 0, 0) != 0) {
        throw std::system_error(errno, std::generic_category(), "sem_init");
    }
    thread_ = std::jthread([this] { wait_for_signal(); });
    struct sigaction action = {};
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int signal : signals) {
        sigaddset(&action.sa_mask, signal);
    }
    for (const int signal : signals) {
        sigaction(signal, &action, nullptr);
    }
}

Interrupt::~Interrupt() {
    for (const int signal : signals) {
        std::signal(signal, SIG_DFL);
    }
    over_ = true;
    sem_post(&noted);
    thread_.join();
    sem_destroy(&noted);
}

void Interrupt::wait_for_signal() {
    while (sem_wait(&noted) != 0) {}
    if (!over_) {
        stop_.request_stop();
    }
}

}  // namespace triple
