// PROGRAM --list                    the library, and the works it can do
// PROGRAM WORK COUNT                does the work, and prints its figure, per operation
// PROGRAM WORK COUNT --allocations  prints the calls of operator new, per operation
// PROGRAM WORK COUNT --once         does it once and prints nothing: for callgrind
//
// The figure is in nanoseconds; for `suspended` in bytes.

#include "work.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include <malloc.h>

namespace {

// Other threads than the one that does the work allocate too.
std::atomic<long> allocations{0};
std::atomic<std::size_t> live{0};

void* allocate(std::size_t size) {
    void* memory = std::malloc(size);
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    allocations.fetch_add(1, std::memory_order_relaxed);
    live.fetch_add(malloc_usable_size(memory), std::memory_order_relaxed);
    return memory;
}

void deallocate(void* memory) noexcept {
    live.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
    std::free(memory);
}

int usage() {
    std::fputs("usage: PROGRAM --list | PROGRAM WORK COUNT [--allocations | --once]\nworks:",
               stderr);
    for (const peers::Work& work : peers::works) {
        std::fprintf(stderr, " %s", std::string{work.name}.c_str());
    }
    std::fputs("\n", stderr);
    return 2;
}

void list() {
    std::printf("%s\n", std::string{peers::library}.c_str());
    for (const peers::Work& work : peers::works) {
        std::printf("%s\n", std::string{work.name}.c_str());
    }
}

void measure(const peers::Work& work, long count) {
    using Clock = std::chrono::steady_clock;
    work.run(count / 4 + 1);  // caches and free lists are full
    const Clock::time_point start = Clock::now();
    double figure = work.run(count);
    const std::chrono::duration<double, std::nano> time = Clock::now() - start;
    if (figure == 0) {
        figure = time.count() / static_cast<double>(count);
    }
    std::printf("%.2f\n", figure);
}

/// What beginning and ending take drops out of the difference of two lengths.
void count_allocations(const peers::Work& work, long count) {
    work.run(2 * count);
    long calls[2] = {};
    for (const int length : {1, 2}) {
        const long before = allocations.load();
        work.run(length * count);
        calls[length - 1] = allocations.load() - before;
    }
    const auto more = static_cast<double>(calls[1] - calls[0]);
    std::printf("%.2f\n", std::max(0.0, more / static_cast<double>(count)));
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { deallocate(memory); }
void operator delete(void* memory, std::size_t) noexcept { deallocate(memory); }

void peers::check_equal(std::string_view what, long is, long should_be) {
    if (is != should_be) {
        throw std::runtime_error{std::string{what} + " is " + std::to_string(is) +
                                 " and should be " + std::to_string(should_be)};
    }
}

std::size_t peers::live_bytes() noexcept { return live.load(std::memory_order_relaxed); }

int main(int argc, char** argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (argc == 2 && first == "--list") {
        list();
        return 0;
    }
    const std::string_view how = argc == 4 ? argv[3] : "";
    char* end = nullptr;
    const long count = argc < 3 ? 0 : std::strtol(argv[2], &end, 10);
    const auto work = std::ranges::find(peers::works, first, &peers::Work::name);
    const bool known = argc == 3 || how == "--allocations" || how == "--once";
    if (!known || count <= 0 || *end != '\0' || work == peers::works.end()) {
        return usage();
    }
    try {
        if (how == "--once") {
            work->run(count);
        } else if (how == "--allocations") {
            count_allocations(*work, count);
        } else {
            measure(*work, count);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", std::string{work->name}.c_str(), error.what());
        return 1;
    }
}
