// Where coroutine frames come from.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/detail/base/frame_pool.hpp>
#include <juggle/juggle.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using juggle::Executor;
using juggle::Task;
using juggle::detail::FramePool;

namespace {

constexpr bool recycles = JUGGLE_DETAIL_RECYCLE_FRAMES;

}  // namespace

TEST_CASE("a block that was given back is given out again for a size of the same class") {
    if (!recycles) {
        return;
    }
    FramePool pool;
    void* first = FramePool::allocate(&pool, 100);
    FramePool::deallocate(&pool, first, 100);
    const support::AllocationCounter counter;
    void* again = FramePool::allocate(&pool, 128);
    CHECK(again == first);
    CHECK(counter.on_this_thread() == 0);
    void* other = FramePool::allocate(&pool, 129);
    CHECK(other != first);
    FramePool::deallocate(&pool, again, 128);
    FramePool::deallocate(&pool, other, 129);
}

TEST_CASE("blocks of every size can be written from end to end and are all different") {
    FramePool pool;
    std::vector<std::pair<void*, std::size_t>> blocks;
    for (int round = 0; round < 2; ++round) {
        std::set<void*> different;
        for (std::size_t size = 1; size < 3000; size += 7) {
            void* block = FramePool::allocate(&pool, size);
            std::memset(block, 0x5a, size);
            different.insert(block);
            blocks.emplace_back(block, size);
        }
        CHECK(different.size() == blocks.size());
        for (const auto& [block, size] : blocks) {
            FramePool::deallocate(&pool, block, size);
        }
        blocks.clear();
    }
}

TEST_CASE("blocks above the largest class are not kept") {
    FramePool pool;
    void* block = FramePool::allocate(&pool, 1 << 20);
    std::memset(block, 0, 1 << 20);
    FramePool::deallocate(&pool, block, 1 << 20);
}

TEST_CASE("a block may be given back to another pool than its own, or to none") {
    FramePool one;
    FramePool two;
    void* block = FramePool::allocate(&one, 64);
    FramePool::deallocate(&two, block, 64);
    block = FramePool::allocate(&two, 64);
    FramePool::deallocate(nullptr, block, 64);
    FramePool none;
    block = FramePool::allocate(&none, 64);
    FramePool::deallocate(&one, block, 64);
}

TEST_CASE("a task may be made and destroyed outside of any executor, or on another thread",
          "[threads]") {
    const auto work = [](int value) -> Task<int> {
        co_await juggle::yield();
        co_return value;
    };
    Task<int> never_started = work(1);
    Task<int> runs_elsewhere = work(2);
    int result = 0;
    std::thread{[&result, task = std::move(runs_elsewhere)]() mutable {
        Executor executor;
        result = executor.run(std::move(task));
    }}.join();
    CHECK(result == 2);
    std::thread{[task = std::move(never_started)]() mutable { task.discard(); }}.join();
}

CO_TEST_CASE("a frame of any size runs") {
    const auto large = []() -> Task<int> {
        std::vector<char> on_heap(10);
        char bytes[5000] = {};
        bytes[4999] = 7;
        co_await juggle::yield();
        co_return bytes[4999] + static_cast<int>(on_heap.size());
    };
    const int sum = co_await large();
    CHECK(sum == 17);
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // what GCC 4.6 changed for arguments with an alignment
#endif

namespace {

template <std::size_t alignment>
struct alignas(alignment) Aligned {
    unsigned char bytes[alignment];

    [[nodiscard]] bool is_aligned() const {
        return reinterpret_cast<std::uintptr_t>(this) % alignment == 0;
    }
};

/// Variables of a coroutine that live on while it is suspended, behind `padding` bytes.
template <std::size_t alignment, std::size_t padding>
juggle::Task<bool> aligned_in_task(Aligned<alignment> argument) {
    std::array<unsigned char, padding> before{};
    Aligned<alignment> local{};
    co_await juggle::yield();
    before.back() = local.bytes[0];
    co_return argument.is_aligned() && local.is_aligned() && before.back() == 0;
}

template <std::size_t alignment, std::size_t padding>
juggle::Generator<bool> aligned_in_generator() {
    std::array<unsigned char, padding> before{};
    Aligned<alignment> local{};
    for (int round = 0; round < 2; ++round) {
        co_await juggle::yield();
        before.back() = local.bytes[0];
        co_yield local.is_aligned() && before.back() == 0;
    }
}

template <std::size_t alignment, std::size_t padding>
juggle::Task<> check_alignment() {
    INFO("alignas(" << alignment << ") behind " << padding << " bytes");
    const bool awaited = co_await aligned_in_task<alignment, padding>({});
    CHECK(awaited);
    const juggle::JoinHandle<bool> handle =
        juggle::Executor::current()->spawn(aligned_in_task<alignment, padding>({}));
    const bool spawned = co_await handle;
    CHECK(spawned);
    std::vector<juggle::Task<bool>> parts;
    for (int part = 0; part < 10; ++part) {
        parts.push_back(aligned_in_task<alignment, padding>({}));
    }
    const std::vector<bool> side_by_side = co_await juggle::when_all(std::move(parts));
    CHECK(std::ranges::count(side_by_side, true) == 10);
    juggle::Generator<bool> generator = aligned_in_generator<alignment, padding>();
    for (int round = 0; round < 2; ++round) {
        const std::optional<bool> generated = co_await generator.next();
        CHECK(generated == true);
    }
}

}  // namespace

TEST_CASE("variables of a coroutine are aligned to up to 64 bytes, whatever the frame's size is") {
    juggle::Executor executor;
    for (int round = 0; round < 2; ++round) {  // frames that are new, and those of the pool
        executor.run(check_alignment<16, 1>());
        executor.run(check_alignment<32, 1>());
        executor.run(check_alignment<32, 100>());
        executor.run(check_alignment<32, 20'000>());
        executor.run(check_alignment<64, 1>());
        executor.run(check_alignment<64, 100>());
        executor.run(check_alignment<64, 20'000>());
    }
}
