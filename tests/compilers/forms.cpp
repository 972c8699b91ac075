#include "compilers/forms.hpp"

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/test_executor.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace compilers {

using juggle::Task;

namespace {

bool is_wrong_here(Gcc known) {
#if defined(__GNUC__) && !defined(__clang__)
    return __GNUC__ <= static_cast<int>(known);
#else
    static_cast<void>(known);
    return false;
#endif
}

bool page_says(const std::string& code) {
    static const std::string page = [] {
        std::ostringstream stream;
        stream << std::ifstream{JUGGLE_SOURCE_DIR "/docs/compilers.md"}.rdbuf();
        return stream.str();
    }();
    return support::contains(page, '`' + code + '`');
}

bool is_right(const Form& form) {
    support::TestExecutor test;
    balance = {};
    bool right = false;
    try {
        right = test.executor.run(form.run());
    } catch (...) {
        right = false;  // a miscompiled coroutine may get stuck, too
    }
    return right && balance.even() && test.reports.empty();
}

/// In a process of its own: nobody knows what a miscompiled one does.
bool is_right_in_child(const Form& form) {
    constexpr int wrong = 3;
    const support::ProcessEnd end = support::run_in_child([&form] {
        // Catch2's handlers would report a test that has failed.
        std::signal(SIGILL, SIG_DFL);
        std::signal(SIGSEGV, SIG_DFL);
#if defined(SIGBUS)
        std::signal(SIGBUS, SIG_DFL);
#endif
        if (!is_right(form)) {
            std::_Exit(wrong);
        }
    });
    return end.status == 0;
}

}  // namespace

void check_forms(std::span<const Form> forms) {
    for (const Form& form : forms) {
        INFO(form.code);
        if (form.gcc != Gcc::right) {
            CHECK(page_says(form.code));
        }
        if (!is_wrong_here(form.gcc)) {
            CHECK(is_right(form));
        } else if (support::can_fork) {
            // If this fails, the compiler has been mended: say so on the page.
            CHECK_FALSE(is_right_in_child(form));
        }
    }
}

Task<Counted> give(int value) {
    co_await juggle::yield();
    co_return Counted{value};
}

Task<Pair> give_pair() {
    co_await juggle::yield();
    co_return Pair{1, 2};
}

Task<int> number(int value) {
    co_await juggle::yield();
    co_return value;
}

Task<bool> truth(bool value, int& asked) {
    ++asked;
    co_await juggle::yield();
    co_return value;
}

Task<int> take(Counted counted) {
    co_await juggle::yield();
    co_return counted.value();
}

Task<int> look(const Counted& counted) {
    co_await juggle::yield();
    co_return counted.value();
}

Task<int> take_pair(Pair pair) {
    co_await juggle::yield();
    co_return digits(pair.left, pair.right);
}

Task<int> look_at_pair(const Pair& pair) {
    co_await juggle::yield();
    co_return digits(pair.left, pair.right);
}

}  // namespace compilers
