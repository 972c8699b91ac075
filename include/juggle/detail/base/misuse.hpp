#pragma once

#include <juggle/detail/base/checks.hpp>

#include <string_view>
#include <thread>

namespace juggle::detail {

/// Prints what the program did wrong and aborts: for mistakes after which nothing can be trusted.
[[noreturn]] void misuse(std::string_view what) noexcept;

/// The same for a function of an executor that another thread has called.
[[noreturn]] void misuse_from_thread(std::string_view function) noexcept;

/// The deadlock after which this thread asks tasks to stop: printed with a misuse, which would lose
/// it and which it explains. Null: there is none.
inline constinit thread_local const char* stopping_after = nullptr;

/// Notices use from a second thread, where the library has checks.
class ThreadGuard {
public:
    /// From now on the calling thread is the right one.
    void bind() noexcept {
        if constexpr (has_checks) {
            owner_ = std::this_thread::get_id();
        }
    }

    void check(std::string_view what) const noexcept {
        if constexpr (has_checks) {
            if (is_wrong()) {
                misuse(what);
            }
        }
    }

    /// The same for a function of an executor, which it names.
    void check_call(std::string_view function) const noexcept {
        if constexpr (has_checks) {
            if (is_wrong()) {
                misuse_from_thread(function);
            }
        }
    }

private:
    [[nodiscard]] bool is_wrong() const noexcept {
        return owner_ != std::thread::id{} && owner_ != std::this_thread::get_id();
    }

    std::thread::id owner_{};
};

}  // namespace juggle::detail
