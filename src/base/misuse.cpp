#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace juggle::detail {

void misuse(std::string_view what) noexcept {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    if (stopping_after != nullptr) {
        std::fprintf(stderr, "while tasks are asked to stop after this:\n%s\n", stopping_after);
    }
    std::abort();
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
