#pragma once

#include <juggle/config.hpp>

#include <atomic>
#include <initializer_list>
#include <thread>
#include <vector>

/// What `StopSignals` needs of the system; there is one at a time.
namespace juggle::inline JUGGLE_ABI::detail::signal_handling {

/// The signal that has come first; 0: none.
inline std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

/// From now on this process is the one whose signals are taken, none of which has come.
/// `std::system_error`.
void begin();

/// False in a child process that was forked since `begin`.
[[nodiscard]] bool in_own_process() noexcept;

/// Ends a `wait`, the next one if there is none now. A handler may call it.
void notify() noexcept;
void wait() noexcept;

/// A thread that never runs a signal handler. `std::system_error`.
[[nodiscard]] std::thread start_thread(void (*function)(void*), void* argument);

/// Handles signals, the first of which goes to `first_signal` and is notified of, while a second
/// has its default effect; and puts back what was there before.
class Dispositions {
public:
    /// `std::invalid_argument`, and nothing has changed.
    explicit Dispositions(std::initializer_list<int> signals);
    ~Dispositions();
    Dispositions(const Dispositions&) = delete;
    Dispositions& operator=(const Dispositions&) = delete;

private:
    struct Before;

    Dispositions() noexcept;

    std::vector<Before> before_;
};

[[noreturn]] void throw_no_signals();
[[noreturn]] void throw_cannot_be_handled(int signal);
[[noreturn]] void throw_system_error(int error, const char* call);

}  // namespace juggle::detail::signal_handling
