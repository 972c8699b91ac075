// Plain memory whose work ends before it goes.

#include "support/cuda_device.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace jcu = juggle::cuda;
using support::exception_by;

namespace {

/// Writes to host memory when a gate is opened.
struct Writer {
    void enqueue(CUstream stream, jcu::PinnedBuffer<int>& out, int value) {
        host[0] = value;
        support::check_cu(cuMemcpyHtoDAsync(buffer.address, host.data(), sizeof(int), stream),
                          "HtoD");
        support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
        gate.emplace(stream);
        support::check_cu(cuMemcpyDtoHAsync(out.data(), buffer.address, sizeof(int), stream),
                          "DtoH");
    }
    std::jthread opener() {
        return std::jthread{[this] { gate->open(); }};
    }

    support::DeviceBuffer buffer{sizeof(int)};
    jcu::PinnedBuffer<int> host{1};
    std::optional<support::Gate> gate;
};

}  // namespace

static_assert(!std::is_copy_constructible_v<jcu::FinishAtEnd<>>);
static_assert(std::is_nothrow_destructible_v<jcu::FinishAtEnd<std::vector<int>>>);

TEST_CASE("FinishAtEnd lets its scope end when all that a stream was given has ended") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Writer writer;
    jcu::PinnedBuffer<int> out{1};
    std::jthread opens;
    {
        const jcu::FinishAtEnd work_ends{stream, out};
        writer.enqueue(stream, out, 42);
        opens = writer.opener();
    }
    CHECK(out[0] == 42);
}

TEST_CASE("FinishAtEnd waits when an exception ends its scope, in a thread without a context") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Writer writer;
    jcu::PinnedBuffer<int> out{1};
    std::jthread opens;
    const auto fail = [&] {
        const jcu::FinishAtEnd work_ends{stream};
        writer.enqueue(stream, out, 7);
        opens = writer.opener();
        CUcontext popped = nullptr;
        support::check_cu(cuCtxPopCurrent(&popped), "cuCtxPopCurrent");
        throw std::runtime_error{"between two commands"};
    };
    CHECK(support::text_of(exception_by(fail)) == "between two commands");
    CHECK(out[0] == 7);
    support::check_cu(cuCtxPushCurrent(device.context), "cuCtxPushCurrent");
}

TEST_CASE("FinishAtEnd of no stream is refused") {
    support::CudaDevice device;
    int none = 0;
    const auto make = [&] { const jcu::FinishAtEnd work_ends{reinterpret_cast<CUstream>(&none)}; };
    CHECK(support::contains(support::text_of(exception_by(make)),
                            "FinishAtEnd: cuStreamGetCtx, argument 'stream'"));
}

TEST_CASE("FinishAtEnd asks again where the driver refuses at first") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Writer writer;
    jcu::PinnedBuffer<int> out{1};
    {
        const jcu::FinishAtEnd work_ends{stream, out};
        writer.enqueue(stream, out, 3);
        writer.gate->open();
        support::CudaDevice::rules("cuStreamSynchronize#1=CUDA_ERROR_INVALID_VALUE");
    }
    CHECK(out[0] == 3);
}

namespace {

/// The memory of a `FinishAtEnd` goes while a function has made the driver refuse.
void check_memory_is_kept(CUstream stream, void (*refuse)(), const char* why) {
    std::vector<int> memory(1000, 1);
    const int* const address = memory.data();
    support::Reports reports;
    juggle::Executor executor{reports.options()};
    executor
        .spawn([](CUstream named, std::vector<int>& kept, void (*make)()) -> juggle::Task<> {
            const jcu::FinishAtEnd work_ends{named, kept};
            make();
            co_return;
        }(stream, memory, refuse))
        .detach();
    (void)executor.poll();
    support::CudaDevice::rules("");
    CHECK(memory.empty());
    CHECK(*address == 1);  // it was not freed
    REQUIRE(reports.diagnostics.size() == 1);
    INFO(reports.diagnostics.front());
    CHECK(support::contains(reports.diagnostics.front(), why));
    CHECK(support::contains(reports.diagnostics.front(), "named memory is never freed"));
}

}  // namespace

TEST_CASE("FinishAtEnd keeps the memory where the driver refuses to the end, and says so") {
    support::CudaDevice device;
    check_memory_is_kept(
        device.stream(),
        [] { support::CudaDevice::rules("cuStreamSynchronize=CUDA_ERROR_INVALID_VALUE"); },
        "FinishAtEnd: cuStreamSynchronize: CUDA_ERROR_INVALID_VALUE (1)");
    check_memory_is_kept(
        device.stream(),
        [] { (void)juggle_cuda_simulation_fail_context(nullptr, CUDA_ERROR_LAUNCH_FAILED); },
        "FinishAtEnd: cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED (719)");
}

TEST_CASE("FinishAtEnd does not ask again after what ends a context") {
    for (const int code : {214, 226, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911}) {
        INFO("code " << code);
        support::CudaDevice device;
        CUstream stream = device.stream();
        support::Reports reports;
        juggle::Executor executor{reports.options()};
        executor
            .spawn([](CUstream named, int refusal) -> juggle::Task<> {
                const jcu::FinishAtEnd work_ends{named};
                support::CudaDevice::rules("cuStreamSynchronize=" + std::to_string(refusal));
                co_return;
            }(stream, code))
            .detach();
        (void)executor.poll();
        CHECK(support::CudaDevice::calls("cuStreamSynchronize") == 1);
        CHECK(reports.diagnostics.size() == 1);
    }
}

CUDA_TEST_CASE("FinishAtEnd has nothing to wait for behind an awaited finish") {
    CUstream stream = device.stream();
    Writer writer;
    jcu::PinnedBuffer<int> out{1};
    {
        const jcu::FinishAtEnd work_ends{stream, out};
        writer.enqueue(stream, out, 5);
        writer.gate->open();
        co_await jcu::finish(stream);
        CHECK(out[0] == 5);
    }
    CHECK(out[0] == 5);
}
