// Stop requests at any moment: each program of a few tasks is run again and again, and asked to
// stop after 0, 1, 2 ... resumptions, until it ends by itself before that.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/programs.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/resource_poisoned.hpp>

#include <algorithm>
#include <exception>

using support::is;
using support::PolledExecutor;
using support::Program;
using support::World;

namespace {

/// Lets all tasks come to their end. Jobs that a program has left behind wait for nobody but the
/// device.
void finish(PolledExecutor& polled, World& world) {
    while (polled.executor.running_tasks() != 0) {
        world.complete_events();
        polled.turn(true);
    }
}

/// How the program ended.
std::exception_ptr outcome_of(PolledExecutor& polled, const juggle::JoinHandle<>& handle) {
    std::exception_ptr outcome;
    const auto take = [&]() -> juggle::Task<> { outcome = co_await support::exception_of(handle); };
    const juggle::JoinHandle<> taking = polled.executor.spawn(take());
    polled.settle();
    return outcome;
}

/// A stop request that comes while a resource is held poisons it; the next ones see that.
bool is_consequence(const std::exception_ptr& exception) {
    return is<juggle::Cancelled>(exception) || is<juggle::ResourcePoisoned>(exception);
}

/// True: it was asked to stop before it had ended.
bool run_and_stop(const Program& program, int resumptions) {
    INFO("stopped after " << resumptions << " resumptions");
    PolledExecutor polled;
    World world{polled.executor};
    const juggle::JoinHandle<> victim = polled.executor.spawn(program.run(world));
    for (int count = 0; count < resumptions && !victim.done(); ++count) {
        polled.turn(true, 1);
    }
    const bool stopped = !victim.done();
    victim.request_stop();
    finish(polled, world);
    const std::exception_ptr outcome = outcome_of(polled, victim);
    INFO(support::text_of(outcome));
    CHECK((!outcome || (stopped && is_consequence(outcome))));
    CHECK(world.what_is_lost() == "");
    CHECK(polled.reports.diagnostics.empty());
    CHECK(std::ranges::all_of(polled.reports.unhandled, [](const auto& unhandled) {
        return is<juggle::ResourcePoisoned>(unhandled.exception);
    }));
    world.restore();
    const juggle::JoinHandle<> again = polled.executor.spawn(program.run(world));
    finish(polled, world);
    CHECK(outcome_of(polled, again) == nullptr);
    CHECK(world.what_is_lost() == "");
    ++support::cases;
    return stopped;
}

}  // namespace

TEST_CASE("a program that is stopped loses nothing, after whichever resumption that is") {
    for (const Program& program : support::small_programs()) {
        INFO(program.name);
        int resumptions = 0;
        while (run_and_stop(program, resumptions)) {
            ++resumptions;
        }
        CHECK(resumptions > 0);
    }
}
