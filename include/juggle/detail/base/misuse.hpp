#pragma once

#include <string_view>
#include <thread>

namespace juggle::detail {

/// Prints what the program did wrong and aborts: for mistakes after which nothing can be trusted.
[[noreturn]] void misuse(std::string_view what) noexcept;

/// The deadlock after which this thread asks tasks to stop: printed with a misuse, which would lose
/// it and which it explains. Null: there is none.
inline constinit thread_local const char* stopping_after = nullptr;

#ifndef JUGGLE_CHECKS
#ifdef NDEBUG
#define JUGGLE_CHECKS 0
#else
#define JUGGLE_CHECKS 1
#endif
#endif
inline constexpr bool checks_threads = JUGGLE_CHECKS != 0;

/// Notices use from a second thread in debug builds. The same size in every build, so that a
/// debug program may link a release library.
class ThreadGuard {
public:
    /// From now on the calling thread is the right one.
    void bind() noexcept {
        if constexpr (checks_threads) {
            owner_ = std::this_thread::get_id();
        }
    }

    void check(std::string_view what) const noexcept {
        if constexpr (checks_threads) {
            if (owner_ != std::thread::id{} && owner_ != std::this_thread::get_id()) {
                misuse(what);
            }
        }
    }

private:
    std::thread::id owner_{};
};

}  // namespace juggle::detail
