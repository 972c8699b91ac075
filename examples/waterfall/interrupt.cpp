#include "interrupt.hpp"

#include "error.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace waterfall {
namespace {

constexpr int signals[] = {SIGINT, SIGTERM};

// A signal handler may touch lock-free atomics and call write(), and little else.
std::atomic<bool> interrupted = false;
std::atomic<bool> signalled = false;
std::atomic<int> wake_up_fd = -1;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void interrupt_reading() {
    interrupted = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up_fd, &one, sizeof one);
}

extern "C" void note_signal(int signal) {
    const int saved_errno = errno;
    if (signalled.exchange(true)) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);  // ends the process once this handler has returned
    } else {
        interrupt_reading();
    }
    errno = saved_errno;
}

}  // namespace

Interrupt::Interrupt() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) {
        throw SystemError("eventfd");
    }
    interrupted = false;
    signalled = false;
    wake_up_fd = fd_;
    struct sigaction action = {};
    action.sa_handler = note_signal;
    sigemptyset(&action.sa_mask);
    for (const int signal : signals) {
        sigaddset(&action.sa_mask, signal);
    }
    for (const int signal : signals) {
        ::sigaction(signal, &action, nullptr);
    }
}

Interrupt::~Interrupt() {
    for (const int signal : signals) {
        std::signal(signal, SIG_DFL);
    }
    wake_up_fd = -1;
    ::close(fd_);
}

void Interrupt::request() noexcept { interrupt_reading(); }

bool Interrupt::requested() const noexcept { return interrupted; }

}  // namespace waterfall
