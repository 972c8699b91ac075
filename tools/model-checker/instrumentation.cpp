// What code compiled with -fsanitize=thread calls: the interface of the sanitizer's own library,
// which is not linked. Outside of an exploration all of it does what it would without.

#include "execution.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <new>

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

using model::current_execution;
using model::Execution;
using model::in_checker;
using model::InChecker;
using model::Order;

namespace {

[[nodiscard]] bool watched() { return current_execution != nullptr && !in_checker; }

[[nodiscard]] std::uintptr_t number(const volatile void* address) {
    return reinterpret_cast<std::uintptr_t>(address);
}

// The higher bits are hints to processors.
[[nodiscard]] Order to_order(int order) { return static_cast<Order>(order & 0xf); }

void plain(const volatile void* address, std::size_t bytes, bool write, const void* site) {
    if (watched()) {
        const InChecker guard;
        current_execution->plain(number(address), bytes, write, site);
    }
}

template <class T>
T load(const volatile T* address, int order, const void* site) {
    if (!watched()) {
        return __atomic_load_n(address, __ATOMIC_SEQ_CST);
    }
    const InChecker guard;
    return static_cast<T>(
        current_execution->load(number(address), sizeof(T), to_order(order), site));
}

template <class T>
void store(volatile T* address, T value, int order, const void* site) {
    if (!watched()) {
        __atomic_store_n(address, value, __ATOMIC_SEQ_CST);
        return;
    }
    const InChecker guard;
    current_execution->store(number(address), sizeof(T), value, to_order(order), site);
}

template <class T>
bool compare_exchange(volatile T* address, T* expected, T desired, int order, int failure,
                      bool weak, const void* site) {
    if (!watched()) {
        return __atomic_compare_exchange_n(address, expected, desired, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST);
    }
    const InChecker guard;
    std::uint64_t value = *expected;
    const bool done = current_execution->compare_exchange(
        number(address), sizeof(T), value, desired, to_order(order), to_order(failure), weak, site);
    *expected = static_cast<T>(value);
    return done;
}

template <class T>
T change(volatile T* address, T operand, Execution::Change how, int order, const void* site) {
    if (!watched()) {
        T value = __atomic_load_n(address, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(address, &value, static_cast<T>(how(value, operand)),
                                            false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
        return value;
    }
    const InChecker guard;
    return static_cast<T>(
        current_execution->change(number(address), sizeof(T), how, operand, to_order(order), site));
}

constexpr Execution::Change exchange = [](std::uint64_t, std::uint64_t operand) { return operand; };
constexpr Execution::Change add = [](std::uint64_t value, std::uint64_t operand) {
    return value + operand;
};
constexpr Execution::Change subtract = [](std::uint64_t value, std::uint64_t operand) {
    return value - operand;
};
constexpr Execution::Change bit_and = [](std::uint64_t value, std::uint64_t operand) {
    return value & operand;
};
constexpr Execution::Change bit_or = [](std::uint64_t value, std::uint64_t operand) {
    return value | operand;
};
constexpr Execution::Change bit_xor = [](std::uint64_t value, std::uint64_t operand) {
    return value ^ operand;
};

void* allocate(std::size_t bytes, std::size_t alignment, const void* site) {
    if (watched()) {
        const InChecker guard;
        return current_execution->allocate(bytes, alignment, site);
    }
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    return memory;
}

void release(void* memory, const void* site) {
    if (current_execution != nullptr && current_execution->owns(memory)) {
        if (in_checker) {
            current_execution->release(memory, site);
        } else {
            const InChecker guard;
            current_execution->release(memory, site);
        }
        return;
    }
    std::free(memory);
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier)
#define HERE __builtin_return_address(0)

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void** pointer) { plain(pointer, sizeof *pointer, false, HERE); }
void __tsan_vptr_update(void** pointer, void* value) {
    plain(pointer, sizeof *pointer, *pointer != value, HERE);
}
void __tsan_read_range(void* memory, std::size_t bytes) { plain(memory, bytes, false, HERE); }
void __tsan_write_range(void* memory, std::size_t bytes) { plain(memory, bytes, true, HERE); }

#define PLAIN(bytes)                                                                       \
    void __tsan_read##bytes(void* memory) { plain(memory, bytes, false, HERE); }           \
    void __tsan_write##bytes(void* memory) { plain(memory, bytes, true, HERE); }           \
    void __tsan_unaligned_read##bytes(void* memory) { plain(memory, bytes, false, HERE); } \
    void __tsan_unaligned_write##bytes(void* memory) { plain(memory, bytes, true, HERE); }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
    plain(from, bytes, false, HERE);
    plain(to, bytes, true, HERE);
    return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
    plain(from, bytes, false, HERE);
    plain(to, bytes, true, HERE);
    return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
    plain(to, bytes, true, HERE);
    return std::memset(to, value, bytes);
}

#define CHANGE(bits, name, how)                                                                \
    std::uint##bits##_t __tsan_atomic##bits##_##name(volatile std::uint##bits##_t* address,    \
                                                     std::uint##bits##_t operand, int order) { \
        return change(address, operand, how, order, HERE);                                     \
    }
// GCC asks for a weak or a strong exchange; Clang has one function for both.
#define ATOMIC(bits)                                                                            \
    std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* address, \
                                                   int order) {                                 \
        return load(address, order, HERE);                                                      \
    }                                                                                           \
    void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* address,                     \
                                     std::uint##bits##_t value, int order) {                    \
        store(address, value, order, HERE);                                                     \
    }                                                                                           \
    int __tsan_atomic##bits##_compare_exchange_strong(                                          \
        volatile std::uint##bits##_t* address, std::uint##bits##_t* expected,                   \
        std::uint##bits##_t desired, int order, int failure) {                                  \
        return compare_exchange(address, expected, desired, order, failure, false, HERE);       \
    }                                                                                           \
    int __tsan_atomic##bits##_compare_exchange_weak(                                            \
        volatile std::uint##bits##_t* address, std::uint##bits##_t* expected,                   \
        std::uint##bits##_t desired, int order, int failure) {                                  \
        return compare_exchange(address, expected, desired, order, failure, true, HERE);        \
    }                                                                                           \
    std::uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                             \
        volatile std::uint##bits##_t* address, std::uint##bits##_t expected,                    \
        std::uint##bits##_t desired, int order, int failure) {                                  \
        compare_exchange(address, &expected, desired, order, failure, false, HERE);             \
        return expected;                                                                        \
    }                                                                                           \
    CHANGE(bits, exchange, exchange)                                                            \
    CHANGE(bits, fetch_add, add)                                                                \
    CHANGE(bits, fetch_sub, subtract)                                                           \
    CHANGE(bits, fetch_and, bit_and)                                                            \
    CHANGE(bits, fetch_or, bit_or)                                                              \
    CHANGE(bits, fetch_xor, bit_xor)
ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

void __tsan_atomic_thread_fence(int order) {
    if (watched()) {
        const InChecker guard;
        current_execution->fence(to_order(order), HERE);
    } else {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
}
void __tsan_atomic_signal_fence(int) {}

// The linker puts these in the place of the functions of the system.

long __real_syscall(long call, ...);
long __wrap_syscall(long call, ...) {
    std::va_list list;
    va_start(list, call);
    long arguments[6];
    for (long& argument : arguments) {
        argument = va_arg(list, long);
    }
    va_end(list);
    if (call != SYS_futex || !watched()) {
        return __real_syscall(call, arguments[0], arguments[1], arguments[2], arguments[3],
                              arguments[4], arguments[5]);
    }
    const InChecker guard;
    const auto address = static_cast<std::uintptr_t>(arguments[0]);
    switch (arguments[1] & FUTEX_CMD_MASK) {
        case FUTEX_WAIT:
        case FUTEX_WAIT_BITSET:
            current_execution->futex_wait(address, static_cast<std::uint32_t>(arguments[2]), HERE);
            return 0;
        case FUTEX_WAKE:
            current_execution->futex_wake(address, static_cast<int>(arguments[2]) > 1, HERE);
            return 0;
        default:
            model::fail("the checker does not know this use of a futex");
    }
}

int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
    if (!watched()) {
        return __real_pthread_mutex_lock(mutex);
    }
    const InChecker guard;
    current_execution->lock(number(mutex), HERE);
    return 0;
}

int __real_pthread_mutex_unlock(pthread_mutex_t* mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t* mutex) {
    if (!watched()) {
        return __real_pthread_mutex_unlock(mutex);
    }
    const InChecker guard;
    current_execution->unlock(number(mutex), HERE);
    return 0;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

void* operator new(std::size_t bytes) {
    return allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__, HERE);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment), HERE);
}
void operator delete(void* memory) noexcept { release(memory, HERE); }
void operator delete(void* memory, std::size_t) noexcept { release(memory, HERE); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory, HERE); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    release(memory, HERE);
}
