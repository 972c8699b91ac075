#include "abi_name.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/detail/base/immortal.hpp>
#include <juggle/detail/base/report.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <typeinfo>
#include <utility>

#if __has_include(<cxxabi.h>)
#include <cstdlib>
#include <memory>

#include <cxxabi.h>
#endif

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

#if defined(SIGPIPE)
/// While it lives, this thread gets no signal for writing to a pipe that nobody reads, by which the
/// process would end. The scheme is Kocher's, of libraries that may not ignore it for the process.
class NoBrokenPipe {
public:
    NoBrokenPipe() noexcept {
        sigemptyset(&pipe_);  // macros on macOS: no `::`
        sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
        was_pending_ = is_pending();
    }
    ~NoBrokenPipe() {
        if (!was_pending_ && is_pending()) {
            take();
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoBrokenPipe(const NoBrokenPipe&) = delete;
    NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

private:
    static bool is_pending() noexcept {
        sigset_t pending;
        return ::sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    }
    void take() const noexcept {
#if defined(__APPLE__)
        int signal = 0;
        ::sigwait(&pipe_, &signal);
#else
        const timespec at_once{};  // another thread may have got one that was for the process
        while (::sigtimedwait(&pipe_, nullptr, &at_once) == -1 && errno == EINTR) {}
#endif
    }

    sigset_t pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};
#else
struct NoBrokenPipe {};
#endif

std::string readable(const std::type_info& type) {
#if __has_include(<cxxabi.h>)
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name{
        abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free};
    if (status == 0) {
        std::string plain{name.get()};
        erase_abi(plain);
        return plain;
    }
#endif
    return type.name();
}

/// The type of the error that is being handled; one name for all where nothing tells it.
std::string readable_type([[maybe_unused]] const std::exception& error) {
#if defined(__cpp_rtti)
    return readable(typeid(error));
#elif __has_include(<cxxabi.h>)
    return readable(*abi::__cxa_current_exception_type());
#else
    return "std::exception";
#endif
}

/// Without what is nested into it, which `nested` becomes.
std::string describe_current([[maybe_unused]] std::exception_ptr& nested) {
    try {
        throw;
    } catch (const std::exception& error) {
        std::string text = readable_type(error) + ": " + error.what();
#if defined(__cpp_rtti)  // what is nested is found by it
        try {
            std::rethrow_if_nested(error);
        } catch (...) {
            nested = std::current_exception();
        }
#endif
        return text;
    } catch (const Cancelled&) {
        return "juggle::Cancelled";
    } catch (...) {
#if __has_include(<cxxabi.h>)
        if (const std::type_info* type = abi::__cxa_current_exception_type()) {
            return "an exception of type " + readable(*type);
        }
#endif
        return "an exception that is not a std::exception";
    }
}

}  // namespace

std::string describe(const std::exception_ptr& exception) {
    if (!exception) {
        return "no exception";
    }
    constexpr int max_told = 32;
    std::string text;
    std::exception_ptr next = exception;
    for (int told = 0; next != nullptr; ++told) {
        if (told == max_told) {
            return text + ": and so on";
        }
        try {
            std::rethrow_exception(std::exchange(next, nullptr));
        } catch (...) {
            text += (told == 0 ? "" : ": ") + describe_current(next);
        }
    }
    return text;
}

std::string describe(const std::source_location& where) {
    return std::string{where.file_name()} + ":" + std::to_string(where.line());
}

std::string describe_shortly(const std::source_location& where) {
    const std::string text = describe(where);
    return text.substr(text.find_last_of('/') + 1);
}

std::string counted(std::size_t count, std::string_view noun) {
    std::string text = std::to_string(count) + " ";
    text += noun;
    if (count != 1) {
        text += 's';
    }
    return text;
}

const std::exception_ptr& cancelled_exception() noexcept {
    static Immortal<std::exception_ptr> cancelled{std::in_place,
                                                  std::make_exception_ptr(Cancelled{})};
    return cancelled.get();
}

bool is_cancelled(const std::exception_ptr& exception) noexcept {
    if (!exception || exception == cancelled_exception()) {
        return static_cast<bool>(exception);
    }
    try {
        std::rethrow_exception(exception);
    } catch (const Cancelled&) {
        return true;
    } catch (...) {
        return false;
    }
}

void print(const UnhandledException& unhandled) noexcept {
    try {
        print("juggle: unhandled exception in task " + std::to_string(unhandled.task.number) +
              (unhandled.name.empty() ? "" : " '" + unhandled.name + "'") + ", spawned at " +
              describe(unhandled.spawned_at) + ": " + describe(unhandled.exception));
    } catch (...) {
        print("juggle: unhandled exception in a task, and no memory to say more");
    }
}

void print(std::string_view diagnostic) noexcept {
    const int errno_before = errno;
    {
        [[maybe_unused]] const NoBrokenPipe no_signal;
        std::fprintf(stderr, "%.*s\n", static_cast<int>(diagnostic.size()), diagnostic.data());
        std::fflush(stderr);  // now, whatever buffer the program has given it
    }
    errno = errno_before;
}

}  // namespace juggle::detail
