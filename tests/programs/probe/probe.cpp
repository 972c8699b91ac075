#include "probe.hpp"

#include <juggle/cancelled.hpp>

#include <atomic>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

// NOLINTBEGIN(misc-use-internal-linkage): the linker knows them by other names
int real_main(int argc, char** argv) __asm__("__real_main");
int wrapped_main(int argc, char** argv) __asm__("__wrap_main");
// NOLINTEND(misc-use-internal-linkage)

namespace probe {
namespace {

std::atomic<bool> main_runs = false;

const char* variable(const char* name) noexcept {
    const char* text = std::getenv(name);
    return text == nullptr ? "" : text;
}

std::uint64_t number_at_front(std::string_view& text) noexcept {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(text.starts_with(':') ? 1 : 0);
    return number;
}

}  // namespace

Wish wish(std::string_view what) noexcept {
    std::string_view text = variable("JUGGLE_PROBE");
    if (!text.starts_with(what) || text.substr(what.size(), 1) != ":") {
        return {};
    }
    text.remove_prefix(what.size() + 1);
    const std::uint64_t which = number_at_front(text);
    return {.which = which, .number = static_cast<int>(number_at_front(text))};
}

void log(const char* format, ...) noexcept {
    static const int file =
        ::open(variable("JUGGLE_PROBE_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) {
        return;
    }
    char line[256];
    std::va_list arguments;
    va_start(arguments, format);
    const int size = std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    [[maybe_unused]] const auto written = ::write(file, line, static_cast<std::size_t>(size));
}

bool in_main() noexcept { return main_runs.load(std::memory_order_relaxed); }

}  // namespace probe

int wrapped_main(int argc, char** argv) {
    // NOLINTNEXTLINE(misc-const-correctness): its address is all that counts
    struct Running {
        Running() { probe::main_runs = true; }
        ~Running() {
            probe::main_runs = false;
            probe::log("allocations %ju\nresumptions %ju\nfile_calls %ju\n",
                       static_cast<std::uintmax_t>(probe::own_allocations()),
                       static_cast<std::uintmax_t>(probe::resumptions()),
                       static_cast<std::uintmax_t>(probe::file_calls()));
        }
    } running;
    try {
        return real_main(argc, argv);
    } catch (const juggle::Cancelled&) {
        // A program that never asks for a stop need not expect this; all is unwound nevertheless.
        probe::log("cancelled 1\n");
        return EXIT_FAILURE;
    }
}
