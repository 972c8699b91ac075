#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/report.hpp>

#include <cstdlib>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

#if JUGGLE_CHECKS
constinit thread_local int running_executors = 0;
constinit thread_local bool thread_ends = false;

/// Destroyed when the thread ends or calls `std::exit`, before any static variable is.
struct EndOfThread {
    EndOfThread() noexcept = default;
    ~EndOfThread() { thread_ends = true; }
    EndOfThread(const EndOfThread&) = delete;
    EndOfThread& operator=(const EndOfThread&) = delete;
};
#endif

}  // namespace

#if JUGGLE_CHECKS
RunsTasks::RunsTasks() noexcept : before_end_{!thread_ends} {
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wexit-time-destructors"  // that is what it is for
#endif
    [[maybe_unused]] static thread_local const EndOfThread end;
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
    running_executors += before_end_ ? 1 : 0;
}

RunsTasks::~RunsTasks() { running_executors -= before_end_ ? 1 : 0; }
#endif

bool exits_from_task() noexcept {
#if JUGGLE_CHECKS
    return thread_ends && running_executors != 0;
#else
    return false;
#endif
}

void misuse(std::string_view what) noexcept {
    print(what);
    if (stopping_after != nullptr) {
        print("while tasks are asked to stop after this:");
        print(stopping_after);
    }
    std::abort();
}

void misuse_by_destruction(std::string_view what) noexcept {
    if (!exits_from_task()) {
        misuse(what);
    }
}

void misuse_from_thread(std::string_view function) noexcept {
    misuse(
        "juggle: " + std::string{function} +
        " was called by a thread that is not the executor's; other threads use a juggle::Poster");
}

void misuse_from_thread(std::string_view function, std::string_view kind,
                        const Label& label) noexcept {
    misuse("juggle: " + std::string{kind} + " " + label.text() +
           " was used from two threads, on the second by " + std::string{function} +
           "; other threads use a juggle::Poster");
}

}  // namespace juggle::detail
