// For tests on Windows, included in front of all else (scripts/test-platforms):
// `std::atomic::wait`, and what is made of it, by `WaitOnAddress`, as libstdc++ lets a port define
// it.
//
// What GCC 12's has instead where there is no futex loses notices: it reads the word, then takes
// its lock, then waits. Tests that sleep in a `std::latch` hang now and then. The library itself
// does not need this (juggle/detail/base/word_wait.hpp).
#pragma once

#include <cstdint>

#define _GLIBCXX_HAVE_PLATFORM_WAIT 1
#define _GLIBCXX_HAVE_PLATFORM_TIMED_WAIT 1

extern "C" {
__declspec(dllimport) int __stdcall WaitOnAddress(volatile void* address, void* compared,
                                                  unsigned long long size, unsigned long limit);
__declspec(dllimport) void __stdcall WakeByAddressSingle(void* address);
__declspec(dllimport) void __stdcall WakeByAddressAll(void* address);
}

namespace std::__detail {

template <class Word>
void __platform_wait(const Word* address, uint64_t value) noexcept {
    ::WaitOnAddress(const_cast<Word*>(address), &value, sizeof(Word), ~0UL);
}

/// False: the time is over.
template <class Time>
bool __platform_wait_until(const uint64_t* address, uint64_t value, const Time& until) {
    const auto left = until - Time::clock::now();
    using Period = typename decltype(left)::period;
    const auto ms = static_cast<long long>(left.count()) * 1000 * Period::num / Period::den + 1;
    if (ms > 0) {
        ::WaitOnAddress(const_cast<uint64_t*>(address), &value, sizeof value,
                        static_cast<unsigned long>(ms < 1000 ? ms : 1000));
    }
    return Time::clock::now() < until;
}

template <class Word>
void __platform_notify(const Word* address, bool all) noexcept {
    if (all) {
        ::WakeByAddressAll(const_cast<Word*>(address));
    } else {
        ::WakeByAddressSingle(const_cast<Word*>(address));
    }
}

}  // namespace std::__detail
