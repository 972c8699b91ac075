// Each function of the driver fails in turn, at each of its calls.

#include "pipeline.hpp"
#include "program.hpp"
#include "support/cuda_device.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/resource_poisoned.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

/// What came of a program some of whose calls failed.
struct Run {
    std::exception_ptr exception;
    bool is_done = false;
    bool is_right = true;
    unsigned long injected = 0;
    std::string last;  // the call that failed last
    std::vector<juggle::UnhandledException> unhandled;
    std::vector<std::string> diagnostics;
    int gone_too_early = 0;
    long lost_host_memory = 0;
    long lost_streams = 0;
    bool context_is_as_before = true;

    void note_faults() {
        injected = juggle_cuda_simulation_injected();
        last = juggle_cuda_simulation_last();
    }
};

/// Runs it in an executor of its own and lets it go there, so that reports come to the run.
template <class Runs>
void run_to_the_end(Run& run, jcu::Wake wake, std::optional<Runs>& program,
                    const std::function<juggle::Task<>(Runs&)>& start) {
    support::Reports reports;
    {
        juggle::Executor executor{reports.options()};
        jcu::set_event_options(executor, {.wake = wake});
        try {
            executor.run(start(*program));
        } catch (...) {
            run.exception = std::current_exception();
        }
        run.is_done = program->is_done();
        run.is_right = program->is_right();
        executor.run([](std::optional<Runs>& goes) -> juggle::Task<> {
            goes.reset();
            co_return;
        }(program));
    }
    run.unhandled = std::move(reports.unhandled);
    run.diagnostics = std::move(reports.diagnostics);
}

/// All of the bridge on a thread that has no context, with rules from beginning to end.
Run run_program(jcu::Wake wake, const std::string& rules) {
    Run run;
    std::atomic<int> gone_too_early{0};
    const long host_memory = juggle_cuda_simulation_live("host");
    {
        CudaDevice device;
        CudaDevice::rules(rules);
        std::optional<support::Program> program;
        {
            support::Reports of_one_that_was_not_made;
            juggle::Executor executor{of_one_that_was_not_made.options()};
            executor.run(
                [](auto& make, auto& its_device, auto& early, auto& error) -> juggle::Task<> {
                    try {
                        make.emplace(its_device, early);
                    } catch (...) {
                        error = std::current_exception();
                    }
                    co_return;
                }(program, device, gone_too_early, run.exception));
        }
        long streams = 0;
        if (program) {
            streams = juggle_cuda_simulation_live("streams");
            std::thread{[&] {
                run_to_the_end<support::Program>(run, wake, program, &support::Program::run);
                run.note_faults();
                CudaDevice::rules("");
                run.context_is_as_before = support::current_context() == nullptr;
                run.lost_streams = juggle_cuda_simulation_live("streams") - streams;
            }}.join();
        } else {
            run.note_faults();
            CudaDevice::rules("");
        }
        run.context_is_as_before =
            run.context_is_as_before && support::current_context() == device.context;
        run.lost_host_memory = juggle_cuda_simulation_live("host") - host_memory;
        (void)juggle_cuda_simulation_lose_device(0, CUDA_SUCCESS);
    }
    run.gone_too_early = gone_too_early;
    return run;
}

/// Data that goes through a device, on a thread that has its context.
Run run_pipeline(jcu::Wake wake, support::Gives gives, const std::string& rules) {
    Run run;
    CudaDevice device;
    std::optional<support::Pipeline> pipeline{std::in_place, device, gives};
    CudaDevice::rules(rules);
    run_to_the_end<support::Pipeline>(run, wake, pipeline,
                                      [](support::Pipeline& runs) { return runs.run(3); });
    run.note_faults();
    CudaDevice::rules("");
    run.context_is_as_before = support::current_context() == device.context;
    return run;
}

/// What only asks is asked again; of an event that nobody needs to know any more that is all.
bool asks(std::string_view call) {
    return call == "cuEventQuery" || call == "cuCtxGetCurrent" || call == "cuCtxPushCurrent";
}

/// The error names the call that failed or, where that had only asked, the work that was asked for.
bool names(const std::exception_ptr& error, std::string_view call) {
    const std::string text = support::text_of(error);
    return support::contains(text, call) ||
           (asks(call) && support::contains(text, "an event of stream"));
}

/// What holds whatever has failed.
void check_nothing_is_lost(const Run& run) {
    CHECK((run.exception != nullptr || run.is_done));
    CHECK(run.is_right);
    CHECK((run.injected != 0 || run.exception == nullptr));
    CHECK(run.gone_too_early == 0);
    CHECK(run.context_is_as_before);
    if (run.injected == 0) {
        CHECK(run.unhandled.empty());
        CHECK(run.diagnostics.empty());
        CHECK(run.lost_host_memory == 0);
        CHECK(run.lost_streams == 0);
    }
}

void check_code(const Run& run, CUresult code) {
    if (run.exception != nullptr) {
        CHECK(error_code(root_of(run.exception)) == code);
    }
    for (const juggle::UnhandledException& unhandled : run.unhandled) {
        INFO(support::text_of(unhandled.exception));
        CHECK(error_code(root_of(unhandled.exception)) == code);
    }
}

/// How often a call of a function failed, and what came of it.
struct Count {
    int told = 0;      // the program got an error
    int survived = 0;  // it did all that it was to do
};

/// All functions of the driver that the bridge calls where nothing else fails, and how many calls
/// of each there are at least.
struct Function {
    const char* name;
    int least;
    bool may_be_told;
    bool may_be_survived;
};
constexpr auto functions = std::to_array<Function>({
    {"cuStreamGetCtx", 10, true, false},
    {"cuStreamIsCapturing", 10, true, false},
    {"cuCtxGetId", 6, true, false},
    {"cuEventCreate", 3, true, false},
    {"cuEventRecord", 6, true, false},
    {"cuMemHostAlloc", 2, true, false},
    {"cuCtxGetCurrent", 20, true, true},
    {"cuCtxPushCurrent", 10, true, true},
    {"cuEventQuery", 5, true, true},
    {"cuStreamWaitEvent", 2, true, true},  // wait_on is told, a wake is not
    {"cuCtxPopCurrent", 10, false, true},
    {"cuThreadExchangeStreamCaptureMode", 20, false, true},
    {"cuEventSynchronize", 1, false, true},
    {"cuStreamSynchronize", 3, false, true},
    {"cuMemFreeHost", 2, false, true},
});
/// Those that only wake, and are not called where an executor polls.
constexpr auto functions_to_wake = std::to_array<Function>({
    {"cuLaunchHostFunc", 4, true, true},  // the test's own are told
    {"cuStreamCreate", 4, true, true},
    {"cuStreamDestroy", 1, false, true},
});

/// Whether the runs end by themselves: as many calls as there are fail, one a run.
Count fail_each_call(jcu::Wake wake, const Function& function, const std::string& action,
                     const std::function<void(const Run&)>& check) {
    Count count;
    for (int number = 1;; ++number) {
        const std::string rule =
            std::string{function.name} + "#" + std::to_string(number) + "=" + action;
        INFO("wake " << static_cast<int>(wake) << ", " << rule);
        const Run run = run_program(wake, rule);
        INFO("a fault in " << run.last << ": " << support::text_of(run.exception));
        check_nothing_is_lost(run);
        check(run);
        if (run.injected == 0) {
            return count;
        }
        CHECK(run.last == function.name);
        ++(run.exception == nullptr ? count.survived : count.told);
    }
}

template <class Check>
void for_each_function(Check check) {
    for (const jcu::Wake wake : support::wakes) {
        for (const Function& function : functions) {
            check(wake, function);
        }
        if (wake != jcu::Wake::poll) {
            for (const Function& function : functions_to_wake) {
                check(wake, function);
            }
        }
    }
}

}  // namespace

TEST_CASE("each call of each function is refused in turn, and is told of or does no harm") {
    for (const CUresult code : {CUDA_ERROR_INVALID_VALUE, CUDA_ERROR_OUT_OF_MEMORY}) {
        for_each_function([code](jcu::Wake wake, const Function& function) {
            const std::string action = std::to_string(static_cast<int>(code));
            const Count count = fail_each_call(wake, function, action, [code](const Run& run) {
                check_code(run, code);
                CHECK((run.exception == nullptr || names(root_of(run.exception), run.last)));
            });
            INFO(function.name << ", wake " << static_cast<int>(wake) << ": " << count.told
                               << " told, " << count.survived << " survived");
            CHECK(count.told + count.survived >= function.least);
            CHECK((count.told == 0 || function.may_be_told));
            CHECK((count.survived == 0 || function.may_be_survived));
        });
    }
}

TEST_CASE("at each call of each function the context is over, and so is the program") {
    constexpr CUresult code = CUDA_ERROR_ILLEGAL_ADDRESS;
    for_each_function([](jcu::Wake wake, const Function& function) {
        const Count count = fail_each_call(wake, function, "sticky:CUDA_ERROR_ILLEGAL_ADDRESS",
                                           [](const Run& run) { check_code(run, code); });
        CHECK(count.told + count.survived >= 1);
    });
}

TEST_CASE("at each call of each function the device is lost, and so is the program") {
    constexpr CUresult code = CUDA_ERROR_ECC_UNCORRECTABLE;
    for_each_function([](jcu::Wake wake, const Function& function) {
        const Count count = fail_each_call(wake, function, "lose:CUDA_ERROR_ECC_UNCORRECTABLE",
                                           [](const Run& run) { check_code(run, code); });
        CHECK(count.told + count.survived >= 1);
    });
}

TEST_CASE("from some call on each function fails, and nothing is lost or goes too early") {
    for_each_function([](jcu::Wake wake, const Function& function) {
        for (const int number : {1, 2, 3, 5, 8}) {
            const std::string rule =
                std::string{function.name} + "#" + std::to_string(number) + "+=1";
            INFO("wake " << static_cast<int>(wake) << ", " << rule);
            const Run run = run_program(wake, rule);
            INFO("a fault in " << run.last << ": " << support::text_of(run.exception));
            check_nothing_is_lost(run);
            check_code(run, CUDA_ERROR_INVALID_VALUE);
        }
    });
}

TEST_CASE("a pipeline in which each call fails in turn ends with its error, or its results") {
    support::for_each_wake_and_way([](jcu::Wake wake, support::Gives gives) {
        int number = 1;
        for (;; ++number) {
            INFO("call " << number);
            const Run run = run_pipeline(wake, gives, "*#" + std::to_string(number) + "=1");
            INFO("a fault in " << run.last << ": " << support::text_of(run.exception));
            check_nothing_is_lost(run);
            check_code(run, CUDA_ERROR_INVALID_VALUE);
            if (run.injected == 0) {
                break;
            }
        }
        CHECK(number > 50);
    });
}

TEST_CASE("a command that is the end of its context fails a pipeline with its code") {
    support::for_each_wake_and_way([](jcu::Wake wake, support::Gives gives) {
        for (const char* const call :
             {"cuLaunchKernel", "cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync"}) {
            for (int number = 1; number <= 3; ++number) {
                const std::string rule = std::string{call} + "#" + std::to_string(number) +
                                         "=async:CUDA_ERROR_LAUNCH_FAILED";
                INFO(rule);
                const Run run = run_pipeline(wake, gives, rule);
                CHECK(run.injected == 1);
                CHECK(error_code(root_of(run.exception)) == CUDA_ERROR_LAUNCH_FAILED);
                check_nothing_is_lost(run);
            }
        }
    });
}
