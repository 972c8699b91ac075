#pragma once

#include "support/process.hpp"

#include <cstddef>
#include <utility>

#include <pthread.h>

namespace support {

/// Calls a function on a thread with a small stack, and waits until it has returned. Sanitizers
/// make the frames on it several times as large.
template <class Function>
void run_on_small_stack(Function function) {
    constexpr std::size_t bytes = (SUPPORT_ADDRESS_SANITIZER || !can_fork ? 1024 : 256) * 1024;
    pthread_attr_t attributes;
    REQUIRE(::pthread_attr_init(&attributes) == 0);
    REQUIRE(::pthread_attr_setstacksize(&attributes, bytes) == 0);
    const auto call = [](void* argument) -> void* {
        (*static_cast<Function*>(argument))();
        return nullptr;
    };
    pthread_t thread{};
    // Catch2 is not for two threads: nothing is asserted here while that one runs.
    int error = ::pthread_create(&thread, &attributes, call, &function);
    if (error == 0) {
        error = ::pthread_join(thread, nullptr);
    }
    REQUIRE(error == 0);
    REQUIRE(::pthread_attr_destroy(&attributes) == 0);
}

/// More than any stack has room for, one on top of the other.
inline constexpr int very_deep = SUPPORT_ADDRESS_SANITIZER || !can_fork ? 5'000 : 100'000;

}  // namespace support
