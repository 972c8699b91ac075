#include "signal_handling.hpp"

#if JUGGLE_HAS_STOP_TOKEN && defined(_WIN32)

#include "../base/windows.hpp"

#include <csignal>

namespace juggle::inline JUGGLE_ABI::detail::signal_handling {

namespace {

// Never closed, because another thread may still be inside a handler when nobody is interested any
// more.
HANDLE news = nullptr;

/// Bit s: signal s is handled.
std::atomic<unsigned> handled{0};

constexpr unsigned bit(int signal) noexcept { return 1U << static_cast<unsigned>(signal); }

bool is_first(int signal) noexcept {
    int none = 0;
    if (!first_signal.compare_exchange_strong(none, signal)) {
        return false;
    }
    notify();
    return true;
}

/// What `std::raise` calls. The C library has put the default back before.
extern "C" void note_signal(int signal) {
    if (!is_first(signal)) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
}

/// What the system calls, on a thread of its own, before the handler by which the C library makes
/// signals of events.
BOOL WINAPI note_event(DWORD event) {
    const bool the_end = event == CTRL_CLOSE_EVENT || event == CTRL_SHUTDOWN_EVENT;
    const int signal = event == CTRL_C_EVENT       ? SIGINT
                       : event == CTRL_BREAK_EVENT ? SIGBREAK
                       : the_end                   ? SIGTERM
                                                   : 0;
    if (signal == 0 || (handled & bit(signal)) == 0) {
        return FALSE;
    }
    if (!is_first(signal)) {
        std::signal(signal, SIG_DFL);  // for the C library: the event itself ends the process
        return FALSE;
    }
    if (the_end) {
        ::Sleep(INFINITE);  // the process ends when this returns, or after some seconds
    }
    return TRUE;
}

}  // namespace

void begin() {
    if (news == nullptr) {
        news = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
        if (news == nullptr) {
            throw_system_error(static_cast<int>(::GetLastError()), "CreateEvent");
        }
    }
    first_signal = 0;
}

bool in_own_process() noexcept { return true; }

void notify() noexcept { ::SetEvent(news); }
void wait() noexcept { ::WaitForSingleObject(news, INFINITE); }

std::thread start_thread(void (*function)(void*), void* argument) {
    return std::thread{function, argument};
}

struct Dispositions::Before {
    int signal;
    void (*handler)(int);
};

Dispositions::Dispositions() noexcept = default;

Dispositions::Dispositions(std::initializer_list<int> signals) : Dispositions{} {
    if (signals.size() == 0) {
        throw_no_signals();
    }
    before_.reserve(signals.size());
    unsigned bits = 0;
    for (const int signal : signals) {
        void (*const handler)(int) = std::signal(signal, &note_signal);
        if (handler == SIG_ERR) {
            throw_cannot_be_handled(signal);
        }
        before_.push_back({signal, handler});
        bits |= bit(signal);
    }
    handled = bits;
    // Behind `std::signal`, which makes the C library listen: who comes last is asked first.
    if (!::SetConsoleCtrlHandler(&note_event, TRUE)) {
        handled = 0;
        throw_system_error(static_cast<int>(::GetLastError()), "SetConsoleCtrlHandler");
    }
}

Dispositions::~Dispositions() {
    if (handled.exchange(0) != 0) {
        ::SetConsoleCtrlHandler(&note_event, FALSE);
    }
    for (; !before_.empty(); before_.pop_back()) {
        std::signal(before_.back().signal, before_.back().handler);
    }
}

}  // namespace juggle::detail::signal_handling

#endif
