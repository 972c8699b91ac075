// Ranks: 2
// A stop request comes after each step of a pipeline of two ranks, on one of them.

#include "fault_layer.hpp"
#include "pipeline.hpp"

using support::Communicators;
using support::Faults;
using support::is;
using support::Outcome;
using support::rank;

TEST_CASE("mpi faults: a stop request at each step ends the waits, and no request") {
    const Communicators communicators;
    const Faults faults;
    for (int victim = 0; victim < 2; ++victim) {
        int step = 0;
        for (;; ++step) {
            INFO("stopped after " << step << " steps of rank " << victim);
            bool has_stopped = false;
            const Outcome outcome = support::run_pipeline(
                communicators,
                [&](juggle::JoinHandle<>& task, int steps) {
                    if (rank() == victim && steps == step && !has_stopped) {
                        has_stopped = true;
                        task.request_stop();
                    }
                },
                [&] { return has_stopped; });
            CHECK((outcome.exception == nullptr || is<juggle::Cancelled>(outcome.exception)));
            CHECK(outcome.others.empty());
            CHECK(outcome.nothing_is_lost);
            if (outcome.mine.was_disturbed == 0 && outcome.theirs.was_disturbed == 0) {
                break;
            }
            if (step < 5 && rank() == victim) {
                CHECK(outcome.mine.was_cut_short != 0);
            }
        }
        CHECK(step > 5);
    }
    CHECK(faults.calls("MPI_Test*") > 0);
    CHECK(faults.calls("MPI_Cancel") == 0);
}
