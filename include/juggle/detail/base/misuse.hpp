#pragma once

#include <juggle/detail/base/checks.hpp>
#include <juggle/detail/base/export.hpp>

#include <string_view>
#include <thread>

namespace juggle::inline JUGGLE_ABI::detail {

class Label;

/// Prints what the program did wrong and aborts: for mistakes after which nothing can be trusted.
[[noreturn]] JUGGLE_EXPORT void misuse(std::string_view what) noexcept;

/// The same for something that was destroyed too early. Not if `std::exit` was called by a task,
/// for then the tasks stay as they are and the static variables go that they use.
JUGGLE_EXPORT void misuse_by_destruction(std::string_view what) noexcept;

/// Whether this thread is inside of a `std::exit` that a task has called; known in a library with
/// checks only.
[[nodiscard]] bool exits_from_task() noexcept;

/// The same for a function of an executor that another thread has called.
[[noreturn]] JUGGLE_EXPORT void misuse_from_thread(std::string_view function) noexcept;

/// The same for a function of something that tasks share: what it is, and what the user calls it.
[[noreturn]] JUGGLE_EXPORT void misuse_from_thread(std::string_view function, std::string_view kind,
                                                   const Label& label) noexcept;

/// The deadlock after which this thread asks tasks to stop: printed with a misuse, which would lose
/// it and which it explains. Null: there is none.
JUGGLE_EXPORT inline constinit thread_local const char* stopping_after = nullptr;

#if JUGGLE_CHECKS
/// While it lives, this thread runs an executor's tasks.
class RunsTasks {
public:
    RunsTasks() noexcept;
    ~RunsTasks();
    RunsTasks(const RunsTasks&) = delete;
    RunsTasks& operator=(const RunsTasks&) = delete;

private:
    bool before_end_;
};
#else
struct RunsTasks {};
#endif

/// Notices use from a second thread. In a library without checks it is empty: a member of this type
/// is `[[no_unique_address]]`.
class ThreadGuard {
public:
#if JUGGLE_CHECKS
    /// From now on the calling thread is the right one.
    void bind() noexcept { owner_ = this_thread(); }

    /// Whether another thread than the right one calls, if there is one yet.
    [[nodiscard]] bool is_wrong_thread() const noexcept {
        return owner_ != Id{} && owner_ != this_thread();
    }

private:
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
    // The standard's is the same number, by a call.
    using Id = const void*;
    [[nodiscard]] static Id this_thread() noexcept { return __builtin_thread_pointer(); }
#else
    using Id = std::thread::id;
    [[nodiscard]] static Id this_thread() noexcept { return std::this_thread::get_id(); }
#endif

    Id owner_{};
#else
    void bind() noexcept {}
    [[nodiscard]] static constexpr bool is_wrong_thread() noexcept { return false; }
#endif
};

}  // namespace juggle::detail
