#include <juggle/stop_signals.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <semaphore.h>
#include <unistd.h>

namespace juggle {

namespace {

// What the handler uses: lock-free atomics, and a semaphore that is never destroyed, because
// another thread may still be inside the handler when nobody is interested any more.
std::atomic<int> first_signal{0};
std::atomic<pid_t> process{0};
sem_t news;
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<pid_t>::is_always_lock_free);

extern "C" void note_signal(int signal) {
    const int saved_errno = errno;
    int none = 0;
    if (process == ::getpid() && first_signal.compare_exchange_strong(none, signal)) {
        ::sem_post(&news);
    } else {
        std::signal(signal, SIG_DFL);
        std::raise(signal);  // takes effect when this handler has returned
    }
    errno = saved_errno;
}

[[noreturn]] void throw_system_error(int error, const char* call) {
    throw std::system_error{error, std::generic_category(),
                            "juggle: StopSignals: " + std::string{call}};
}

}  // namespace

// Members of a class that is known outside have classes that can be named there.
namespace detail::stop_signals {

/// There is one at a time.
class Claim {
public:
    Claim() {
        if (exists_.exchange(true)) {
            throw std::logic_error{
                "juggle: StopSignals: there is another one: a process has one at a time"};
        }
        first_signal = 0;
        process = ::getpid();
    }
    ~Claim() { exists_ = false; }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

private:
    static inline std::atomic<bool> exists_{false};
};

/// While it lives, threads are started that never run a signal handler.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        if (const int error = ::pthread_sigmask(SIG_SETMASK, &all, &before_); error != 0) {
            throw_system_error(error, "pthread_sigmask");
        }
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

/// The thread that does what the handler must not.
class Messenger {
public:
    explicit Messenger(std::stop_source stop) : stop_{std::move(stop)} {
        static const bool ready = ::sem_init(&news, 0, 0) == 0;
        if (!ready) {
            throw_system_error(errno, "sem_init");
        }
        const SignalsBlocked blocked;
        thread_ = std::thread{[this] { wait(); }};
    }
    ~Messenger() {
        if (process != ::getpid()) {
            thread_.detach();  // it has not come along through fork()
            return;
        }
        over_ = true;
        ::sem_post(&news);
        thread_.join();
    }
    Messenger(const Messenger&) = delete;
    Messenger& operator=(const Messenger&) = delete;

private:
    void wait() {
        while (!over_ && first_signal == 0) {
            ::sem_wait(&news);
        }
        if (!over_) {
            stop_.request_stop();
        }
    }

    std::stop_source stop_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

/// Handles signals, and puts back what was there before.
class Dispositions {
public:
    explicit Dispositions(std::initializer_list<int> signals) : Dispositions{} {
        if (signals.size() == 0) {
            throw std::invalid_argument{"juggle: StopSignals: argument 'signals' is empty"};
        }
        before_.reserve(signals.size());
        struct sigaction action{};
        action.sa_handler = &note_signal;
        action.sa_flags = SA_RESTART;
        ::sigemptyset(&action.sa_mask);
        for (const int signal : signals) {
            ::sigaddset(&action.sa_mask, signal);
        }
        for (const int signal : signals) {
            handle(signal, action);
        }
    }
    ~Dispositions() {
        for (; !before_.empty(); before_.pop_back()) {
            ::sigaction(before_.back().first, &before_.back().second, nullptr);
        }
    }
    Dispositions(const Dispositions&) = delete;
    Dispositions& operator=(const Dispositions&) = delete;

private:
    Dispositions() = default;

    void handle(int signal, const struct sigaction& action) {
        struct sigaction before{};
        if (::sigaction(signal, &action, &before) != 0) {
            throw std::invalid_argument{"juggle: StopSignals: argument 'signals': " +
                                        std::to_string(signal) + " cannot be handled"};
        }
        before_.emplace_back(signal, before);
    }

    std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace detail::stop_signals

class StopSignals::Handling {
public:
    Handling(std::initializer_list<int> signals, const std::stop_source& stop)
        : messenger_{stop}, dispositions_{signals} {}

private:
    detail::stop_signals::Claim claim_;
    detail::stop_signals::Messenger messenger_;
    detail::stop_signals::Dispositions dispositions_;
};

StopSignals::StopSignals() : StopSignals{SIGINT, SIGTERM} {}

StopSignals::StopSignals(std::initializer_list<int> signals)
    : handling_{std::make_unique<Handling>(signals, stop_)} {}

StopSignals::~StopSignals() = default;

int StopSignals::signal() const noexcept { return first_signal; }

}  // namespace juggle
