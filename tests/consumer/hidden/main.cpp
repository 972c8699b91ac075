// A program and a library of its own, both compiled with hidden visibility, and juggle as a shared
// library: all three have to see one executor a thread, and the same exceptions.
#include "library.hpp"
#include "raise.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

int failures = 0;
std::size_t allocations = 0;

void check(bool holds, const char* what) {
    if (!holds) {
        std::printf("not so: %s\n", what);
        ++failures;
    }
}

void check_exceptions() {
    using library::Kind;
    for (const auto& [kind, name] :
         {std::pair{Kind::cancelled, "Cancelled"}, std::pair{Kind::deadlock, "Deadlock"},
          std::pair{Kind::timed_out, "TimedOut"}, std::pair{Kind::channel_closed, "ChannelClosed"},
          std::pair{Kind::resource_poisoned, "ResourcePoisoned"}}) {
        check(name_of_caught_here(&library::raise, kind) == std::string_view{name},
              "the program catches what the library throws");
        check(library::name_of_caught(&raise_here, kind) == std::string_view{name},
              "the library catches what the program throws");
    }
}

juggle::Task<> many_frames(int count) {
    for (int i = 0; i < count; ++i) {
        juggle::Task<int> task = library::number(i);
        (void)co_await std::move(task);
    }
}

juggle::Task<> check_executor(juggle::Executor& executor) {
    check(juggle::Executor::current() == &executor, "the program knows the executor");
    check(library::current_executor() == &executor, "the library knows the executor");
    check(co_await library::number(7) == 7, "the library's task gives its number");
    co_await many_frames(100);
    const std::size_t before = allocations;
    co_await many_frames(100);
    check(allocations == before, "frames of either side come from one pool, and go back to it");
    try {
        co_await juggle::timeout(std::chrono::nanoseconds{1},
                                 juggle::sleep_for(std::chrono::hours{1}));
        check(false, "a timeout throws");
    } catch (const juggle::TimedOut&) {}
    juggle::JoinHandle<> stopped = executor.spawn(
        []() -> juggle::Task<> { co_await juggle::sleep_for(std::chrono::hours{1}); }());
    co_await juggle::yield();
    stopped.request_stop();
    // The library itself has to know a Cancelled that was thrown in the program.
    check((co_await juggle::as_outcome(std::move(stopped))).cancelled(), "a stop is a stop");
}

void check_deadlock() {
    juggle::Executor executor;
    juggle::Semaphore semaphore{"scarce", 1};
    try {
        executor.run(library::wait_twice(semaphore));
        check(false, "a task that waits for itself is stuck");
    } catch (const juggle::Deadlock& deadlock) {
        const std::string text = deadlock.what();
        check(text.find("these wait for each other") != std::string::npos &&
                  text.find("wait_twice) holds 1 permit") != std::string::npos,
              "the report names who holds what, and the cycle");
    }
}

}  // namespace

void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* memory = std::malloc(bytes)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    ++allocations;
    const auto align = static_cast<std::size_t>(alignment);
    if (void* memory = std::aligned_alloc(align, (bytes + align - 1) / align * align)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

int main() {
    check(library::address_of_current_loop() == &juggle::detail::current_loop,
          "the program and the library have one variable");
    std::thread{[] {
        check(library::address_of_current_loop() == &juggle::detail::current_loop,
              "so they have in another thread");
    }}.join();
    check_exceptions();
    juggle::Executor executor;
    executor.run(check_executor(executor));
    check(juggle::Executor::current() == nullptr, "no executor runs outside of run");
    check_deadlock();
    return failures == 0 ? 0 : 1;
}
