#include "simulation.hpp"

#include <set>
#include <string>
#include <thread>

using support::Log;
using support::ManualSimulation;
using support::new_stream;
using support::recorded;
using support::Simulation;

TEST_CASE("cuda simulation: a stream is stepped by hand only if it stands still") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    CHECK(juggle_cuda_simulation_step(stream) == -1);
    juggle_cuda_simulation_manual(1);
    CHECK(juggle_cuda_simulation_step(stream) == 0);
    CU(cuStreamDestroy(stream));
    CHECK(juggle_cuda_simulation_step(stream) == -1);
    CHECK(juggle_cuda_simulation_pending(stream) == -1);
    CHECK(juggle_cuda_simulation_live("nothing") == -1);
}

TEST_CASE("cuda simulation: streams that stood still run when they may") {
    const ManualSimulation simulation;
    Log log;
    const CUstream one = new_stream();
    const CUstream other = new_stream();
    const CUevent event = recorded(one);
    CU(cuStreamWaitEvent(other, event, 0));
    log.note(other, "x");
    juggle_cuda_simulation_manual(0);
    CU(cuStreamSynchronize(other));
    CHECK(log.text() == "x");
}

TEST_CASE("cuda simulation: a call that waits is let go by the step of another thread") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUevent event = recorded(stream);
    int stepped = 0;
    std::thread stepper{[&] { stepped = juggle_cuda_simulation_step(stream); }};
    CU(cuEventSynchronize(event));
    stepper.join();
    CHECK(stepped == 1);
}

TEST_CASE("cuda simulation: streams settle in the order of a seed, as far as they do not wait") {
    const ManualSimulation simulation;
    const CUstream first = new_stream();
    const CUstream second = new_stream();
    const CUstream third = new_stream();
    std::set<std::string> orders;
    for (unsigned seed = 0; seed < 40; ++seed) {
        Log log;
        log.note(first, "a");
        log.note(second, "b");
        const CUevent event = recorded(second);
        CU(cuStreamWaitEvent(third, event, 0));
        CU(cuEventDestroy(event));
        log.note(third, "c");
        log.note(first, "d");
        CHECK(juggle_cuda_simulation_settle(seed) == 6);
        const std::string text = log.text();
        CHECK(text.find('a') < text.find('d'));
        CHECK(text.find('b') < text.find('c'));
        CHECK(text.size() == 4);
        if (seed == 0) {
            CHECK(text == "adbc");
        }
        orders.insert(text);
    }
    CHECK(orders.size() == 6);  // all that there are
}

TEST_CASE("cuda simulation: settling stops where nothing can run") {
    const ManualSimulation simulation;
    const CUstream one = new_stream();
    const CUstream other = new_stream();
    const CUevent event = recorded(one);
    CU(cuStreamWaitEvent(other, event, 0));
    CHECK(juggle_cuda_simulation_settle(5) == 2);
    CHECK(juggle_cuda_simulation_settle(5) == 0);
}
