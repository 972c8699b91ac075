#include "signal_handling.hpp"

#if JUGGLE_HAS_STOP_TOKEN && !defined(_WIN32)

#include <cerrno>
#include <csignal>

#include <unistd.h>

#if defined(__linux__) && !defined(JUGGLE_DETAIL_PORTABLE)
#define JUGGLE_DETAIL_HAS_SEMAPHORES
#include <semaphore.h>
#else
#include <fcntl.h>
#endif

namespace juggle::inline JUGGLE_ABI::detail::signal_handling {

namespace {

// What the handler uses: lock-free atomics, and what `notify` does.
std::atomic<pid_t> process{0};
static_assert(std::atomic<pid_t>::is_always_lock_free);

#if defined(JUGGLE_DETAIL_HAS_SEMAPHORES)

// Never destroyed, because another thread may still be inside the handler when nobody is interested
// any more.
sem_t news;

void prepare_news() {
    static const bool ready = ::sem_init(&news, 0, 0) == 0;
    if (!ready) {
        throw_system_error(errno, "sem_init");
    }
}

#else

// A pipe where semaphores have names (macOS). It is never closed, for the reason that a semaphore
// would not be destroyed; a forked process makes its own.
int news[2] = {-1, -1};
pid_t owner_of_news = 0;

void prepare_news() {
    if (owner_of_news == ::getpid()) {
        return;
    }
    int ends[2];
    if (::pipe(ends) != 0) {
        throw_system_error(errno, "pipe");
    }
    for (std::size_t i = 0; i < 2; ++i) {
        ::fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        if (news[i] >= 0) {
            ::close(news[i]);
        }
        news[i] = ends[i];
    }
    owner_of_news = ::getpid();
}

#endif

extern "C" void note_signal(int signal) {
    const int saved_errno = errno;
    int none = 0;
    if (in_own_process() && first_signal.compare_exchange_strong(none, signal)) {
        notify();
    } else {
        std::signal(signal, SIG_DFL);
        std::raise(signal);  // takes effect when this handler has returned
    }
    errno = saved_errno;
}

}  // namespace

void begin() {
    prepare_news();
    first_signal = 0;
    process = ::getpid();
}

bool in_own_process() noexcept { return process == ::getpid(); }

#if defined(JUGGLE_DETAIL_HAS_SEMAPHORES)

void notify() noexcept { ::sem_post(&news); }
void wait() noexcept { ::sem_wait(&news); }

#else

void notify() noexcept {
    const char byte = 0;
    while (::write(news[1], &byte, 1) < 0 && errno == EINTR) {}
}

void wait() noexcept {
    char byte = 0;
    while (::read(news[0], &byte, 1) < 0 && errno == EINTR) {}
}

#endif

std::thread start_thread(void (*function)(void*), void* argument) {
    // A thread begins with the mask of the one that starts it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);  // a macro on some systems, as those below
    if (const int error = ::pthread_sigmask(SIG_SETMASK, &all, &before); error != 0) {
        throw_system_error(error, "pthread_sigmask");
    }
    const struct Restored {
        ~Restored() { ::pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
        const sigset_t& mask;
    } restored{before};
    return std::thread{function, argument};
}

struct Dispositions::Before {
    int signal;
    struct sigaction action;
};

Dispositions::Dispositions() noexcept = default;

Dispositions::Dispositions(std::initializer_list<int> signals) : Dispositions{} {
    if (signals.size() == 0) {
        throw_no_signals();
    }
    before_.reserve(signals.size());
    struct sigaction action{};
    action.sa_handler = &note_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int signal : signals) {
        sigaddset(&action.sa_mask, signal);
    }
    for (const int signal : signals) {
        struct sigaction before{};
        if (::sigaction(signal, &action, &before) != 0) {
            throw_cannot_be_handled(signal);
        }
        before_.push_back({signal, before});
    }
}

Dispositions::~Dispositions() {
    for (; !before_.empty(); before_.pop_back()) {
        ::sigaction(before_.back().signal, &before_.back().action, nullptr);
    }
}

}  // namespace juggle::detail::signal_handling

#endif
