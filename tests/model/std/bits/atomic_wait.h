// libstdc++'s header of this name, but for what `std::atomic::wait` and `notify` do: a futex that the
// model checker knows, without the spinning and the count of waiters around it that would multiply
// the executions.

#ifndef JUGGLE_TESTS_MODEL_ATOMIC_WAIT
#define JUGGLE_TESTS_MODEL_ATOMIC_WAIT 1

#pragma GCC system_header

#define __atomic_wait_address_v __atomic_wait_address_v_that_spins
#define __atomic_notify_address __atomic_notify_address_that_counts
#include_next <bits/atomic_wait.h>
#undef __atomic_wait_address_v
#undef __atomic_notify_address

namespace std {

template <class T, class Load>
void __atomic_wait_address_v(const T* address, T old, Load load) noexcept {
    if constexpr (sizeof(T) != 4) {
        __builtin_trap();  // only what is a futex by itself can be modelled
    } else {
        while (load() == old) {
            ::syscall(SYS_futex, address, 128 /* wait, private */, static_cast<int>(old), nullptr);
        }
    }
}

template <class T>
void __atomic_notify_address(const T* address, bool all) noexcept {
    ::syscall(SYS_futex, address, 129 /* wake, private */, all ? INT_MAX : 1);
}

}  // namespace std

#endif
