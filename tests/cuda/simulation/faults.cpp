#include "simulation.hpp"

#include <atomic>
#include <string>
#include <thread>

using support::Gate;
using support::Log;
using support::ManualSimulation;
using support::new_event;
using support::new_memory;
using support::new_stream;
using support::recorded;
using support::Simulation;

namespace {

struct Called {
    std::atomic<int> times{0};
    std::atomic<std::thread::id> thread{};

    void wait(int wanted = 1) const {
        while (times < wanted) {
            std::this_thread::yield();
        }
    }
};

void count_call(void* user_data) {
    auto& called = *static_cast<Called*>(user_data);
    called.thread = std::this_thread::get_id();
    ++called.times;
}

/// One host function, by a rule.
struct OneFunction {
    explicit OneFunction(const std::string& way) : simulation{"cuLaunchHostFunc=" + way} {}

    void launch() { CU(cuLaunchHostFunc(stream, &count_call, &called)); }

    Simulation simulation;
    CUstream stream = new_stream();
    Called called;
};

}  // namespace

TEST_CASE("cuda simulation: the k-th call of a name fails, and those around it do not") {
    const Simulation simulation{"cuEventQuery#2=CUDA_ERROR_UNKNOWN"};
    const CUevent event = new_event();
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CHECK(juggle_cuda_simulation_injected() == 0);
    CHECK(cuEventQuery(event) == CUDA_ERROR_UNKNOWN);
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CHECK(juggle_cuda_simulation_injected() == 1);
    CHECK(std::string{juggle_cuda_simulation_last()} == "cuEventQuery");
    CHECK(juggle_cuda_simulation_calls("cuEventQuery") == 3);
    CHECK(juggle_cuda_simulation_calls("cuEvent*") == 4);
}

TEST_CASE(
    "cuda simulation: a plus means all from there on, no number all, and an error is a number "
    "too") {
    const Simulation simulation{"cuEventQuery#2+=2; cuStreamQ*=999"};
    const CUevent event = new_event();
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CHECK(cuEventQuery(event) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(cuEventQuery(event) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_UNKNOWN);
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_UNKNOWN);
}

TEST_CASE("cuda simulation: a call that fails does nothing") {
    const ManualSimulation simulation{"cuEventRecord=1; cuStreamCreate=2"};
    const CUevent event = new_event();
    CHECK(cuEventRecord(event, nullptr) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CHECK(juggle_cuda_simulation_pending(nullptr) == 0);
    CUstream stream = nullptr;
    CHECK(cuStreamCreate(&stream, 0) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(stream == nullptr);
    CHECK(juggle_cuda_simulation_live("streams") == 0);
}

TEST_CASE("cuda simulation: a star leaves alone what gives back") {
    const Simulation simulation;
    const CUevent event = new_event();
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(1);
    CHECK(simulation.refusal_of("*=CUDA_ERROR_UNKNOWN").empty());
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_UNKNOWN);
    CHECK(cuEventDestroy(event) == CUDA_SUCCESS);
    CHECK(cuStreamDestroy(stream) == CUDA_SUCCESS);
    CHECK(cuMemFree(device) == CUDA_SUCCESS);
    CHECK(cuCtxPopCurrent(nullptr) == CUDA_SUCCESS);
    CHECK(cuCtxDestroy(nullptr) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuDevicePrimaryCtxRelease(1) == CUDA_ERROR_INVALID_CONTEXT);
    const char* text = nullptr;
    CHECK(cuGetErrorString(CUDA_ERROR_UNKNOWN, &text) == CUDA_SUCCESS);
    CHECK(juggle_cuda_simulation_calls("*") == 1);
    CHECK(simulation.refusal_of("").empty());
    CU(cuCtxPushCurrent(simulation.context()));
    CHECK(simulation.refusal_of("cuEventDestroy=1").empty());
    CHECK(cuEventDestroy(event) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: a sticky error is the end of the context from that call on") {
    const Simulation simulation{"cuEventQuery#2=sticky:CUDA_ERROR_LAUNCH_FAILED"};
    const CUevent event = new_event();
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CHECK(cuEventQuery(event) == CUDA_ERROR_LAUNCH_FAILED);
    CHECK(cuEventQuery(event) == CUDA_ERROR_LAUNCH_FAILED);
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_LAUNCH_FAILED);
    CHECK(juggle_cuda_simulation_injected() == 1);
}

TEST_CASE("cuda simulation: a device can be lost in a call") {
    const Simulation simulation{"cuStreamQuery#1=lose:CUDA_ERROR_DEVICE_UNAVAILABLE"};
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CHECK(cuCtxSynchronize() == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CUcontext none = nullptr;
    CHECK(cuDevicePrimaryCtxRetain(&none, 0) == CUDA_ERROR_DEVICE_UNAVAILABLE);
}

TEST_CASE("cuda simulation: an asynchronous error shows when the stream comes to the command") {
    const ManualSimulation simulation{"cuMemsetD8Async#1=async:CUDA_ERROR_ILLEGAL_ADDRESS"};
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(1);
    Log log;
    const CUevent before = recorded(stream);
    CU(cuMemsetD8Async(device, 0, 1, stream));
    const CUevent after = recorded(stream);
    log.note(stream, "never");
    support::step(stream);
    CHECK(cuEventQuery(before) == CUDA_SUCCESS);
    CHECK(cuEventQuery(after) == CUDA_ERROR_NOT_READY);
    support::step(stream);
    CHECK(cuEventQuery(after) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuEventQuery(before) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(log.text().empty());
    CHECK(juggle_cuda_simulation_pending(stream) == 0);
}

TEST_CASE("cuda simulation: a command that is skipped does nothing, and succeeds") {
    const Simulation simulation{"cuMemsetD8Async#2=skip"};
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(1);
    CU(cuMemsetD8Async(device, 1, 1, stream));
    CU(cuMemsetD8Async(device, 2, 1, stream));
    CU(cuStreamSynchronize(stream));
    CHECK(*static_cast<char*>(juggle_cuda_simulation_memory(device, 1)) == 1);
}

TEST_CASE("cuda simulation: a host function can be dropped, and its stream goes on") {
    OneFunction one{"drop"};
    one.launch();
    CU(cuStreamSynchronize(one.stream));
    CHECK(one.called.times == 0);
    CHECK(juggle_cuda_simulation_held() == 0);
}

TEST_CASE("cuda simulation: a host function can come twice") {
    OneFunction one{"double"};
    one.launch();
    CU(cuStreamSynchronize(one.stream));
    CHECK(one.called.times == 2);
}

TEST_CASE("cuda simulation: a host function can be late, until the test says so") {
    OneFunction one{"delay"};
    Log log;
    one.launch();
    log.note(one.stream, "a");
    log.note(one.stream, "b");
    CU(cuStreamSynchronize(one.stream));
    CHECK(one.called.times == 0);
    CHECK(juggle_cuda_simulation_held() == 3);
    CHECK(juggle_cuda_simulation_deliver(1) == 3);
    CHECK(one.called.times == 1);
    CHECK(one.called.thread.load() == std::this_thread::get_id());
    CHECK(log.text() == "ba");
}

TEST_CASE("cuda simulation: a host function can be late by a time") {
    OneFunction one{"delay:1"};
    one.launch();
    CU(cuStreamSynchronize(one.stream));
    one.called.wait();
    CHECK(juggle_cuda_simulation_held() == 0);
}

TEST_CASE("cuda simulation: host functions can come in another order") {
    OneFunction one{"reorder"};
    Log log;
    log.note(one.stream, "a");
    log.note(one.stream, "b");
    log.note(one.stream, "c");
    CU(cuStreamSynchronize(one.stream));
    CHECK(log.text() == "ba");
    CHECK(juggle_cuda_simulation_held() == 1);
    CHECK(juggle_cuda_simulation_deliver(0) == 1);
    CHECK(log.text() == "bac");
}

TEST_CASE("cuda simulation: a host function can be early") {
    OneFunction one{"early"};
    Gate gate;
    CHECK(one.simulation.refusal_of("").empty());
    gate.close(one.stream);
    CHECK(one.simulation.refusal_of("cuLaunchHostFunc=early").empty());
    one.launch();
    CHECK(one.called.times == 1);
    CHECK(cuStreamQuery(one.stream) == CUDA_ERROR_NOT_READY);
    gate.open();
    CU(cuStreamSynchronize(one.stream));
    CHECK(one.called.times == 1);
}

TEST_CASE("cuda simulation: a host function can come inside another call") {
    OneFunction one{"inline"};
    one.launch();
    while (juggle_cuda_simulation_held() == 0) {
        std::this_thread::yield();
    }
    CHECK(one.called.times == 0);
    while (one.called.times == 0) {  // it may be held an instant before it is due inside
        CHECK(cuEventQuery(nullptr) == CUDA_ERROR_INVALID_HANDLE);
    }
    CHECK(one.called.thread.load() == std::this_thread::get_id());
}

TEST_CASE("cuda simulation: a host function can come from any thread") {
    OneFunction one{"thread"};
    one.launch();
    one.called.wait();
    CHECK(one.called.thread.load() != std::this_thread::get_id());
}

TEST_CASE("cuda simulation: rules that make no sense are refused with the reason") {
    const Simulation simulation;
    const auto refuses = [&](const std::string& rules, const std::string& reason) {
        INFO(rules);
        CHECK(simulation.refusal_of(rules) == reason);
    };
    const std::string actions =
        " is none of <error>, sticky:<error>, lose:<error>, async:<error>, skip, drop, "
        "delay[:<milliseconds>], reorder, double, early, inline, thread, with an error such as "
        "CUDA_ERROR_ILLEGAL_ADDRESS or 700";
    refuses("cuNothing=1", "rule 'cuNothing=1': 'cuNothing' is no CUDA call");
    refuses("cuInit", "rule 'cuInit': 'cuInit' is not of the form <call>[#<number>[+]]=<action>");
    refuses("cuInit#0=1", "rule 'cuInit#0=1': '0' is not the number of a call (1, 2, ...)");
    for (const std::string action : {"0", "1000", "-1", "CUDA_SUCCESS", "CUDA_ERROR_NOTHING",
                                     "sticky", "sticky:0", "skip:1"}) {
        refuses("cuMemsetD8Async=" + action,
                "rule 'cuMemsetD8Async=" + action + "': '" + action + "'" + actions);
    }
    refuses("cuEventQuery=skip",
            "rule 'cuEventQuery=skip': 'skip' is for functions that put a command into a stream");
    refuses("cuMem*=async:1",
            "rule 'cuMem*=async:1': 'async' is for functions that put a command into a stream");
    refuses("*=drop", "rule '*=drop': 'drop' is for cuLaunchHostFunc alone");
    refuses("cuLaunchHostFunc=delay:x",
            "rule 'cuLaunchHostFunc=delay:x': 'x' is not a number of milliseconds to delay");
}

TEST_CASE("cuda simulation: rules that are refused change nothing") {
    const Simulation simulation{"cuStreamQuery=999"};
    CHECK(!simulation.refusal_of("cuStreamQuery=1; nonsense").empty());
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_UNKNOWN);
}

TEST_CASE("cuda simulation: a test is told when calls of its thread begin and end") {
    const Simulation simulation;
    static int begun = 0;
    static int ended = 0;
    juggle_cuda_simulation_around_calls([] { ++begun; }, [] { ++ended; });
    const CUstream stream = support::new_stream();
    CU(cuStreamSynchronize(stream));
    CHECK(cuStreamQuery(nullptr) == CUDA_SUCCESS);
    juggle_cuda_simulation_around_calls(nullptr, nullptr);
    CU(cuStreamDestroy(stream));
    CHECK(begun == 3);
    CHECK(ended == 3);
}
