#include <juggle/resource_poisoned.hpp>

#include <exception>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace {

/// Where one that is destroyed within another leaves its cause, which may be the next of a long
/// chain; null outside of all.
constinit thread_local std::exception_ptr* cause_left = nullptr;

}  // namespace

ResourcePoisoned::~ResourcePoisoned() {
    if (cause_left != nullptr && *cause_left == nullptr) {
        *cause_left = std::exchange(cause_, nullptr);
        return;
    }
    std::exception_ptr next =
        std::exchange(cause_, nullptr);  // libc++ only copies it when it is moved
    std::exception_ptr* const outer = std::exchange(cause_left, &next);
    while (next != nullptr) {
        const std::exception_ptr last = std::exchange(next, nullptr);
    }
    cause_left = outer;
}

}  // namespace juggle
