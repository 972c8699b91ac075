#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/stop_token.hpp>

#if JUGGLE_HAS_STOP_TOKEN

#include <initializer_list>
#include <memory>

namespace juggle::inline JUGGLE_ABI {

/// Turns signals, as Ctrl-C sends one, into a stop request:
///
///     juggle::StopSignals signals;
///     executor.run(stream(), signals.token());
///
/// The first signal is the request; it is made on a thread of this object's own, which sleeps until
/// then, so that callbacks of the token may do what a signal handler must not. A second signal, of
/// whichever kind, has its default effect, as if nobody had handled it: most often it ends the
/// process at once. Calls that block are not interrupted (`SA_RESTART`).
///
/// On Windows Ctrl-C is SIGINT and Ctrl-Break is SIGBREAK; that the console is closed, or the
/// system shut down, is SIGTERM, and the process has some five seconds then.
///
/// One that lives in a process at a time. Make it before, and destroy it after, what uses its
/// token; on whatever thread. In a child process that was forked meanwhile, and runs no other
/// program, the signals have their default effect.
///
/// Not for libraries: what a signal means is for the program to say.
class JUGGLE_EXPORT StopSignals {
public:
    /// Handles SIGINT and SIGTERM.
    StopSignals();

    /// Handles these. `std::invalid_argument` if there are none or one cannot be handled,
    /// `std::logic_error` if there is another such object, `std::system_error` if the system has
    /// no thread for it; the dispositions of all signals are as they were then.
    StopSignals(std::initializer_list<int> signal_numbers);

    /// Puts the dispositions back that were there before, and ends the thread. The token stays
    /// valid, but is not requested any more.
    ~StopSignals();

    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Requested soon after the first signal has come.
    [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

    /// The signal that has come first; 0 if none has. From any thread.
    [[nodiscard]] int signal() const noexcept;

private:
    class Handling;

    std::stop_source stop_;
    std::unique_ptr<Handling> handling_;
};

}  // namespace juggle

#endif
