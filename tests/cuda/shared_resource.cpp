// Several streams that read one buffer, and a writer behind them.

#include "support/cuda_device.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/job_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace jcu = juggle::cuda;

namespace {

using DeviceMemory = jcu::Resource<support::DeviceBuffer>;
constexpr std::size_t int_count = 64;
constexpr std::size_t byte_count = int_count * sizeof(int);

}  // namespace

CUDA_TEST_CASE("two streams read one buffer together, and the next writer inherits both events") {
    DeviceMemory buffer{support::DeviceBuffer{byte_count}};
    const std::array<CUstream, 2> readers{device.stream(), device.stream()};
    const support::Gate gate = device.gate();
    auto write = co_await buffer.acquire();
    write.ready(gate.event);
    std::array<DeviceMemory::SharedAllocation, 2> reads{buffer.acquire_shared(),
                                                        buffer.acquire_shared()};
    auto overwrite = buffer.acquire();
    std::array<jcu::Event, 2> read;
    for (std::size_t index = 0; index < reads.size(); ++index) {
        co_await reads[index].wait_device(readers[index]);
        read[index] = jcu::record(readers[index]);
        CHECK(read[index].status() == juggle::EventStatus::pending);
    }
    CHECK_FALSE(overwrite.granted());
    reads[1].ready(read[1]);
    CHECK_FALSE(overwrite.granted());
    reads[0].ready(read[0]);
    const std::span<const jcu::Event> events = co_await overwrite.wait();
    REQUIRE(events.size() == 2);
    CHECK(events[0] == read[1]);
    CHECK(events[1] == read[0]);
    gate.open();
    co_await overwrite.wait_events();
    overwrite.ready();
}

CUDA_TEST_CASE("a buffer with two consumers goes round without a race") {
    DeviceMemory input{support::DeviceBuffer{byte_count}};
    std::array<jcu::Resource<jcu::PinnedBuffer<int>>, 2> results{
        jcu::Resource<jcu::PinnedBuffer<int>>{jcu::PinnedBuffer<int>{int_count}},
        jcu::Resource<jcu::PinnedBuffer<int>>{jcu::PinnedBuffer<int>{int_count}}};
    jcu::Resource<jcu::PinnedBuffer<int>> source{jcu::PinnedBuffer<int>{int_count}};
    CUstream upload = device.stream();
    const std::array<CUstream, 2> streams{device.stream(), device.stream()};
    std::ptrdiff_t wrong = 0;

    const auto produce = [&](int chunk, auto from, DeviceMemory::Allocation to) -> juggle::Task<> {
        jcu::PinnedBuffer<int>& numbers = co_await from.wait_events();
        std::ranges::fill(numbers, chunk);
        co_await to.wait_device(upload);
        support::check_cu(cuMemcpyHtoDAsync(to->address, numbers.data(), byte_count, upload),
                          "cuMemcpyHtoDAsync");
        const jcu::Event uploaded = jcu::record(upload);
        from.ready(uploaded);
        to.ready(uploaded);
    };
    const auto consume = [&](int chunk, std::size_t which, auto set) -> juggle::Task<> {
        CUstream stream = streams[which];
        auto [buffer, numbers] = co_await set.wait_device(stream);
        auto& [from, to] = set;
        support::check_cu(cuMemcpyDtoHAsync(numbers.data(), buffer.address, byte_count, stream),
                          "cuMemcpyDtoHAsync");
        const jcu::Event downloaded = jcu::record(stream);
        from.ready(downloaded);
        to.track(downloaded);
        co_await downloaded;
        wrong += std::ranges::count_if(numbers, [chunk](int number) { return number != chunk; });
        to.ready();
    };
    juggle::JobQueue jobs{9};
    for (int chunk = 0; chunk < 60; ++chunk) {
        co_await jobs.push(produce(chunk, source.acquire(), input.acquire()));
        for (std::size_t which = 0; which < streams.size(); ++which) {
            juggle::AllocationSet set = juggle::acquire_all(juggle::shared(input), results[which]);
            co_await jobs.push(consume(chunk, which, std::move(set)));
        }
    }
    co_await jobs.finish();
    CHECK(wrong == 0);
}
