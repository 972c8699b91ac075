#include "support/cuda_device.hpp"

#include <juggle/timeout.hpp>

#include <chrono>

namespace jcu = juggle::cuda;
using support::error_code;

CUDA_TEST_CASE("finish goes on when all that a stream was given has ended") {
    CUstream stream = device.stream();
    const support::Gate gate{stream};
    bool finished = false;
    const auto task = executor.spawn([](CUstream to_finish, bool& done) -> juggle::Task<> {
        co_await jcu::finish(to_finish);
        done = true;
    }(stream, finished));
    co_await support::a_few_turns();
    CHECK_FALSE(finished);
    const support::Gate later{stream};  // is not waited for
    gate.open();
    co_await task;
    CHECK(finished);
    CHECK(later.event.status() == juggle::EventStatus::pending);
}

CUDA_TEST_CASE("finish of an idle stream goes on") {
    co_await jcu::finish(device.stream());
    co_await jcu::finish(nullptr);
}

CUDA_TEST_CASE("finish throws what the work failed with") {
    CUstream stream = device.stream();
    const support::Gate gate{stream};
    const auto task = executor.spawn(
        [](CUstream to_finish) -> juggle::Task<> { co_await jcu::finish(to_finish); }(stream));
    co_await support::a_few_turns();
    device.fail(CUDA_ERROR_ILLEGAL_ADDRESS);
    const std::exception_ptr error = co_await support::exception_of(task);
    CHECK(error_code(error) == CUDA_ERROR_ILLEGAL_ADDRESS);
}
