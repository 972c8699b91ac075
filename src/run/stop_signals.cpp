#include <juggle/stop_signals.hpp>

#if JUGGLE_HAS_STOP_TOKEN

#include "signal_handling.hpp"

#include <atomic>
#include <csignal>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

// Members of a class that is known outside have classes that can be named there.
namespace detail::signal_handling {

/// There is one at a time.
class Claim {
public:
    Claim() {
        if (exists_.exchange(true)) {
            throw std::logic_error{
                "juggle: StopSignals: there is another one: a process has one at a time"};
        }
        try {
            begin();
        } catch (...) {
            exists_ = false;
            throw;
        }
    }
    ~Claim() { exists_ = false; }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

private:
    static inline std::atomic<bool> exists_{false};
};

/// The thread that does what the handler must not.
class Messenger {
public:
    explicit Messenger(std::stop_source stop) : stop_{std::move(stop)} {
        thread_ = start_thread([](void* self) { static_cast<Messenger*>(self)->run(); }, this);
    }
    ~Messenger() {
        if (!in_own_process()) {
            // It has not come along through fork(), and another thread may have its number here: to
            // be forgotten, neither joined nor detached.
            ::new (static_cast<void*>(&thread_)) std::thread;
            return;
        }
        over_ = true;
        notify();
        thread_.join();
    }
    Messenger(const Messenger&) = delete;
    Messenger& operator=(const Messenger&) = delete;

private:
    void run() {
        while (!over_ && first_signal == 0) {
            wait();
        }
        if (!over_) {
            stop_.request_stop();
        }
    }

    std::stop_source stop_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

void throw_no_signals() {
    throw std::invalid_argument{"juggle: StopSignals: argument 'signal_numbers' is empty"};
}

void throw_cannot_be_handled(int signal) {
    throw std::invalid_argument{"juggle: StopSignals: argument 'signal_numbers': " +
                                std::to_string(signal) + " cannot be handled"};
}

void throw_system_error(int error, const char* call) {
    throw std::system_error{error, std::system_category(),
                            "juggle: StopSignals: " + std::string{call}};
}

}  // namespace detail::signal_handling

class StopSignals::Handling {
public:
    Handling(std::initializer_list<int> signals, const std::stop_source& stop)
        : messenger_{stop}, dispositions_{signals} {}

private:
    detail::signal_handling::Claim claim_;
    detail::signal_handling::Messenger messenger_;
    detail::signal_handling::Dispositions dispositions_;
};

StopSignals::StopSignals() : StopSignals{SIGINT, SIGTERM} {}

StopSignals::StopSignals(std::initializer_list<int> signal_numbers)
    : handling_{std::make_unique<Handling>(signal_numbers, stop_)} {}

StopSignals::~StopSignals() = default;

int StopSignals::signal() const noexcept { return detail::signal_handling::first_signal; }

}  // namespace juggle

#endif
