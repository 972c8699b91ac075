// Several queues that read one buffer, and a writer behind them.

#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/opencl.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace jcl = juggle::opencl;

namespace {

constexpr std::size_t length = 256;
constexpr std::size_t bytes = length * sizeof(float);

using Buffer = jcl::Resource<cl::Buffer>;

}  // namespace

DEVICE_TEST_CASE("two queues read one buffer together, and the next writer inherits both events") {
    Buffer buffer{device.buffer(bytes)};
    const cl::CommandQueue upload = device.queue();
    const std::array<cl::CommandQueue, 2> readers{device.queue(), device.queue()};
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    const std::vector<float> input(length, 7.0F);
    std::array<std::vector<float>, 2> outputs{std::vector<float>(length),
                                              std::vector<float>(length)};

    auto write = co_await buffer.acquire();
    cl::Event written;
    upload.enqueueWriteBuffer(*write, CL_FALSE, 0, bytes, input.data(), &after_gate, &written);
    write.ready(written);

    std::array<Buffer::SharedAllocation, 2> reads{buffer.acquire_shared(), buffer.acquire_shared()};
    auto overwrite = buffer.acquire();
    std::array<cl::Event, 2> read;
    for (std::size_t index = 0; index < reads.size(); ++index) {
        const cl::Buffer& source = co_await reads[index].wait_device(readers[index]);
        readers[index].enqueueReadBuffer(source, CL_FALSE, 0, bytes, outputs[index].data());
        read[index] = jcl::marker(readers[index]);
        CHECK(support::status_of(read[index]) > CL_COMPLETE);  // the upload waits for the gate
    }
    CHECK_FALSE(overwrite.granted());
    reads[1].ready(read[1]);
    CHECK_FALSE(overwrite.granted());
    reads[0].ready(read[0]);
    const std::span<const cl::Event> events = co_await overwrite.wait();
    REQUIRE(events.size() == 2);
    CHECK(events[0]() == read[1]());
    CHECK(events[1]() == read[0]());
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await overwrite.wait_events();
    overwrite.ready();
    CHECK(outputs[0] == input);
    CHECK(outputs[1] == input);
}

DEVICE_TEST_CASE("a buffer with two consumers goes round without a race") {
    Buffer input{device.buffer(bytes)};
    std::array<jcl::Resource<std::vector<float>>, 2> results{
        jcl::Resource<std::vector<float>>{std::vector<float>(length)},
        jcl::Resource<std::vector<float>>{std::vector<float>(length)}};
    jcl::Resource<std::vector<float>> source{std::vector<float>(length)};
    const cl::CommandQueue upload = device.queue();
    const std::array<cl::CommandQueue, 2> queues{device.queue(), device.queue()};
    std::ptrdiff_t wrong = 0;

    const auto produce = [&](int chunk, auto from, Buffer::Allocation to) -> juggle::Task<> {
        std::vector<float>& floats = co_await from.wait_events();
        std::ranges::fill(floats, static_cast<float>(chunk));
        co_await to.wait_device(upload);
        upload.enqueueWriteBuffer(*to, CL_FALSE, 0, bytes, floats.data());
        const cl::Event uploaded = jcl::marker(upload);
        from.ready(uploaded);
        to.ready(uploaded);
    };
    const auto consume = [&](int chunk, std::size_t which, auto set) -> juggle::Task<> {
        const cl::CommandQueue& queue = queues[which];
        auto [buffer, floats] = co_await set.wait_device(queue);
        auto& [from, to] = set;
        queue.enqueueReadBuffer(buffer, CL_FALSE, 0, bytes, floats.data());
        const cl::Event downloaded = jcl::marker(queue);
        from.ready(downloaded);
        to.track(downloaded);
        co_await downloaded;
        wrong += std::ranges::count_if(
            floats, [chunk](float value) { return value != static_cast<float>(chunk); });
        to.ready();
    };
    juggle::JobQueue jobs{9};
    for (int chunk = 0; chunk < 200; ++chunk) {
        co_await jobs.push(produce(chunk, source.acquire(), input.acquire()));
        for (std::size_t which = 0; which < queues.size(); ++which) {
            juggle::AllocationSet set = juggle::acquire_all(juggle::shared(input), results[which]);
            co_await jobs.push(consume(chunk, which, std::move(set)));
        }
    }
    co_await jobs.finish();
    CHECK(wrong == 0);
}
