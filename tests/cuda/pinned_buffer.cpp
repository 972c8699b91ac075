#include "support/cuda_device.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace jcu = juggle::cuda;
using support::error_code;
using support::exception_by;

static_assert(std::is_nothrow_move_constructible_v<jcu::PinnedBuffer<int>>);
static_assert(std::is_nothrow_move_assignable_v<jcu::PinnedBuffer<int>>);
static_assert(!std::is_copy_constructible_v<jcu::PinnedBuffer<int>>);

TEST_CASE("a pinned buffer has its elements, all zero, and gives its memory back") {
    support::CudaDevice device;
    const long before = juggle_cuda_simulation_live("host");
    {
        jcu::PinnedBuffer<int> buffer{100};
        CHECK(juggle_cuda_simulation_live("host") == before + 1);
        CHECK(buffer.size() == 100);
        CHECK(buffer.size_bytes() == 400);
        CHECK(std::ranges::count(buffer, 0) == 100);
        std::iota(buffer.begin(), buffer.end(), 0);
        CHECK(buffer[99] == 99);
        CHECK(std::as_const(buffer)[1] == 1);
        jcu::PinnedBuffer<int> moved{std::move(buffer)};
        CHECK(buffer.empty());  // NOLINT(bugprone-use-after-move)
        CHECK(moved[50] == 50);
        buffer = std::move(moved);
        CHECK(buffer[50] == 50);
        buffer = jcu::PinnedBuffer<int>{1};
        CHECK(buffer.size() == 1);
        CHECK(juggle_cuda_simulation_live("host") == before + 1);
    }
    CHECK(juggle_cuda_simulation_live("host") == before);
}

TEST_CASE("an empty pinned buffer needs no driver") {
    const jcu::PinnedBuffer<int> none;
    const jcu::PinnedBuffer<int> no_elements{0};
    CHECK(none.empty());
    CHECK(no_elements.begin() == no_elements.end());
}

TEST_CASE("pinned memory goes back from a thread that has another context, or none") {
    support::CudaDevice device;
    const long before = juggle_cuda_simulation_live("host");
    {
        jcu::PinnedBuffer<int> first{1};
        jcu::PinnedBuffer<int> second{1};
        support::CudaDevice other;
        first = {};
        CUcontext current = nullptr;
        CHECK(cuCtxGetCurrent(&current) == CUDA_SUCCESS);
        CHECK(current == other.context);
        CHECK(cuCtxPopCurrent(&current) == CUDA_SUCCESS);
        CHECK(cuCtxPopCurrent(&current) == CUDA_SUCCESS);
        second = {};
        CHECK(cuCtxPushCurrent(device.context) == CUDA_SUCCESS);
        CHECK(cuCtxPushCurrent(other.context) == CUDA_SUCCESS);
    }
    CHECK(juggle_cuda_simulation_live("host") == before);
}

TEST_CASE("a pinned buffer that cannot be had is an error that says how large it was to be") {
    support::CudaDevice device;
    const auto make = [](std::size_t size) {
        return exception_by([size] { const jcu::PinnedBuffer<int> buffer{size}; });
    };
    support::CudaDevice::rules("cuMemHostAlloc=CUDA_ERROR_OUT_OF_MEMORY");
    std::exception_ptr error = make(100);
    CHECK(error_code(error) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(support::contains(support::text_of(error), "cuMemHostAlloc of 400 bytes"));
    error = make(std::numeric_limits<std::size_t>::max());
    CHECK(error_code(error) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(support::contains(support::text_of(error), "argument 'size'"));
    CUcontext mine = nullptr;
    CHECK(cuCtxPopCurrent(&mine) == CUDA_SUCCESS);
    error = make(1);
    CHECK(error_code(error) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(support::contains(support::text_of(error), "the thread has no current context"));
    CHECK(cuCtxPushCurrent(mine) == CUDA_SUCCESS);
}

CUDA_TEST_CASE("pinned memory that the driver does not take back is reported") {
    support::Reports reports;
    juggle::Executor other{reports.options()};
    other
        .spawn([]() -> juggle::Task<> {
            {
                const jcu::PinnedBuffer<int> buffer{1};
                support::CudaDevice::rules("cuMemFreeHost=CUDA_ERROR_INVALID_VALUE");
            }
            support::CudaDevice::rules("");
            co_return;
        }())
        .detach();
    (void)other.poll();
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(
        support::contains(reports.diagnostics.front(), "cuMemFreeHost: CUDA_ERROR_INVALID_VALUE"));
    co_return;
}
