// Each function of the driver fails in turn while a pipeline runs.

#include "pipeline.hpp"
#include "support/cuda_device.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/resource_poisoned.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace jcu = juggle::cuda;
using support::CudaDevice;
using support::error_code;

namespace {

/// What has caused an exception: of a poisoned resource what has poisoned it.
std::exception_ptr root_of(std::exception_ptr exception) {
    for (;;) {
        try {
            std::rethrow_exception(exception);
        } catch (const juggle::ResourcePoisoned& poisoned) {
            if (poisoned.cause() == nullptr) {
                return exception;
            }
            exception = poisoned.cause();
        } catch (...) {
            return exception;
        }
    }
}

struct Run {
    std::exception_ptr exception;
    unsigned long injected = 0;
    std::string last;
};

/// Runs a pipeline with rules that last as long as it does.
Run run_with(jcu::Wake wake, support::Gives gives, const std::string& rules) {
    CudaDevice device;
    support::Reports reports;
    Run run;
    std::optional<support::Pipeline> pipeline{std::in_place, device, gives};
    {
        juggle::Executor executor{reports.options()};
        jcu::set_event_options(executor, {.wake = wake});
        CudaDevice::rules(rules);
        try {
            executor.run(pipeline->run(3));
        } catch (...) {
            run.exception = std::current_exception();
        }
        run.injected = juggle_cuda_simulation_injected();
        run.last = juggle_cuda_simulation_last();
        CudaDevice::rules("");
        CHECK(executor.running_tasks() == 0);
        CHECK(support::current_context() == device.context);
        CHECK(pipeline->idle());
        CHECK(pipeline->wrong() == 0);
        CHECK((run.exception != nullptr || pipeline->chunks() == 3));
        executor.run([](auto& goes) -> juggle::Task<> {  // so that reports come here
            goes.reset();
            co_return;
        }(pipeline));
    }
    CHECK(support::current_context() == device.context);
    for (const juggle::UnhandledException& unhandled : reports.unhandled) {
        INFO(support::text_of(unhandled.exception));
        CHECK(error_code(root_of(unhandled.exception)) != CUDA_SUCCESS);
    }
    return run;
}

/// What only wakes has others beside it, and what tidies up, or waits on the host, is done again.
bool may_be_survived(std::string_view call) {
    return call == "cuLaunchHostFunc" || call == "cuStreamCreate" || call == "cuStreamDestroy" ||
           call == "cuStreamWaitEvent" || call == "cuCtxPopCurrent" || call == "cuCtxSetCurrent" ||
           call == "cuEventSynchronize" || call == "cuStreamSynchronize" ||
           call == "cuThreadExchangeStreamCaptureMode";
}

/// What asks is asked again; of an event that nobody needs to know any more that is all.
bool asks(std::string_view call) {
    return call == "cuEventQuery" || call == "cuCtxGetCurrent" || call == "cuCtxPushCurrent";
}

enum class Times { once, always };

void check(const Run& run, CUresult code, Times times) {
    INFO("a fault in " << run.last << ": " << support::text_of(run.exception));
    if (run.injected == 0) {
        CHECK(run.exception == nullptr);
    } else if (run.exception == nullptr) {
        CHECK((may_be_survived(run.last) || (times == Times::once && asks(run.last))));
    } else {
        CHECK(error_code(root_of(run.exception)) == code);
    }
}

}  // namespace

TEST_CASE("each call of the driver fails in turn, and the next run goes well") {
    support::for_each_wake_and_way([&](jcu::Wake wake, support::Gives gives) {
        int number = 1;
        for (;; ++number) {
            INFO("call " << number);
            const Run run =
                run_with(wake, gives, "*#" + std::to_string(number) + "=CUDA_ERROR_INVALID_VALUE");
            check(run, CUDA_ERROR_INVALID_VALUE, Times::once);
            if (run.injected == 0) {
                break;
            }
        }
        CHECK(number > 50);
        const Run good = run_with(wake, gives, "");
        CHECK(good.exception == nullptr);
    });
}

TEST_CASE("the context fails at each call in turn, and all that is awaited fails with its code") {
    support::for_each_wake_and_way([&](jcu::Wake wake, support::Gives gives) {
        for (int number = 1;; ++number) {
            INFO("call " << number);
            const Run run = run_with(
                wake, gives, "*#" + std::to_string(number) + "=sticky:CUDA_ERROR_ILLEGAL_ADDRESS");
            if (run.injected == 0) {
                CHECK(run.exception == nullptr);
                break;
            }
            INFO("a fault in " << run.last << ": " << support::text_of(run.exception));
            CHECK((run.exception == nullptr ||
                   error_code(root_of(run.exception)) == CUDA_ERROR_ILLEGAL_ADDRESS));
        }
    });
}

TEST_CASE("each kind of call fails whenever it is made, and each command is the context's end") {
    constexpr std::array calls{"cuCtxGetCurrent",     "cuCtxPushCurrent",
                               "cuCtxPopCurrent",     "cuCtxSetCurrent",
                               "cuEventCreate",       "cuEventDestroy",
                               "cuEventQuery",        "cuEventRecord",
                               "cuLaunchHostFunc",    "cuStreamCreate",
                               "cuStreamDestroy",     "cuStreamGetCtx",
                               "cuStreamWaitEvent",   "cuEventSynchronize",
                               "cuStreamIsCapturing", "cuThreadExchangeStreamCaptureMode"};
    support::for_each_wake_and_way([&](jcu::Wake wake, support::Gives gives) {
        for (const char* const call : calls) {
            INFO(call);
            check(run_with(wake, gives, std::string{call} + "=CUDA_ERROR_INVALID_VALUE"),
                  CUDA_ERROR_INVALID_VALUE, Times::always);
        }
        for (const char* const call :
             {"cuLaunchKernel", "cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync"}) {
            for (int number = 1; number <= 3; ++number) {
                const std::string rule = std::string{call} + "#" + std::to_string(number) +
                                         "=async:CUDA_ERROR_LAUNCH_FAILED";
                INFO(rule);
                const Run run = run_with(wake, gives, rule);
                CHECK(run.injected == 1);
                CHECK(error_code(root_of(run.exception)) == CUDA_ERROR_LAUNCH_FAILED);
            }
        }
    });
}
