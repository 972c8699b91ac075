// Several queues that read one buffer, and a writer behind them.

#include JUGGLE_TEST_KIT

#include <juggle/acquire_all.hpp>
#include <juggle/job_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace {

constexpr std::size_t bytes = 1024;

using Buffer = kit::bridge::Resource<kit::DeviceBuffer>;
using Host = kit::bridge::Resource<kit::HostBuffer>;

}  // namespace

KIT_TEST_CASE("two queues read one buffer together, and the next writer inherits both events") {
    Buffer buffer{kit::device_buffer(device, bytes)};
    const kit::Queue upload = device.queue();
    const std::array<kit::Queue, 2> readers{device.queue(), device.queue()};
    const kit::Gate gate{device};
    kit::HostBuffer input = kit::host_buffer(bytes);
    std::ranges::fill(input, static_cast<unsigned char>(7));
    std::array<kit::HostBuffer, 2> outputs{kit::host_buffer(bytes), kit::host_buffer(bytes)};

    auto write = co_await buffer.acquire();
    write.ready(kit::write(upload, input, *write, gate.event));

    std::array<Buffer::SharedAllocation, 2> reads{buffer.acquire_shared(), buffer.acquire_shared()};
    auto overwrite = buffer.acquire();
    std::array<kit::Event, 2> read;
    for (std::size_t index = 0; index < reads.size(); ++index) {
        const kit::DeviceBuffer& source = co_await reads[index].wait_device(readers[index]);
        read[index] = kit::read(readers[index], source, outputs[index]);
        // The upload waits for the gate.
        CHECK(kit::status(read[index]) == juggle::EventStatus::pending);
    }
    CHECK_FALSE(overwrite.granted());
    reads[1].ready(read[1]);
    CHECK_FALSE(overwrite.granted());
    reads[0].ready(read[0]);
    const std::span<const kit::Event> events = co_await overwrite.wait();
    REQUIRE(events.size() == 2);
    CHECK(events[0] == read[1]);
    CHECK(events[1] == read[0]);
    gate.open();
    co_await overwrite.wait_events();
    overwrite.ready();
    for (const kit::HostBuffer& output : outputs) {
        CHECK(std::ranges::equal(output, input));
    }
}

KIT_TEST_CASE("a buffer with two consumers goes round without a race") {
    Buffer input{kit::device_buffer(device, bytes)};
    std::array<Host, 2> results{Host{kit::host_buffer(bytes)}, Host{kit::host_buffer(bytes)}};
    Host source{kit::host_buffer(bytes)};
    const kit::Queue upload = device.queue();
    const std::array<kit::Queue, 2> queues{device.queue(), device.queue()};
    std::ptrdiff_t wrong = 0;

    const auto produce = [&](int chunk, auto from, Buffer::Allocation to) -> juggle::Task<> {
        kit::HostBuffer& numbers = co_await from.wait_events();
        std::ranges::fill(numbers, static_cast<unsigned char>(chunk));
        co_await to.wait_device(upload);
        const kit::Event uploaded = kit::write(upload, numbers, *to);
        from.ready(uploaded);
        to.ready(uploaded);
    };
    const auto consume = [&](int chunk, std::size_t which, auto set) -> juggle::Task<> {
        const kit::Queue& queue = queues[which];
        auto [buffer, numbers] = co_await set.wait_device(queue);
        auto& [from, to] = set;
        const kit::Event downloaded = kit::read(queue, buffer, numbers);
        from.ready(downloaded);
        to.track(downloaded);
        co_await downloaded;
        wrong += std::ranges::count_if(numbers, [chunk](unsigned char number) {
            return number != static_cast<unsigned char>(chunk);
        });
        to.ready();
    };
    juggle::JobQueue jobs{9};
    for (int chunk = 0; chunk < 100; ++chunk) {
        co_await jobs.push(produce(chunk, source.acquire(), input.acquire()));
        for (std::size_t which = 0; which < queues.size(); ++which) {
            juggle::AllocationSet set = juggle::acquire_all(juggle::shared(input), results[which]);
            co_await jobs.push(consume(chunk, which, std::move(set)));
        }
    }
    co_await jobs.finish();
    CHECK(wrong == 0);
}
