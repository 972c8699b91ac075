// Memory that runs out at any moment: each program of a few tasks is run again and again, and each
// time the next allocation fails, until none is left to fail.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>

using support::FailingAllocations;
using support::is;
using support::Program;
using support::World;

namespace {

/// What an executor told, without an allocation of its own.
struct Tallies {
    int unhandled = 0;
    std::string_view strange = {};  // an exception that is no consequence of the failure

    juggle::ExecutorOptions options(juggle::Clock& clock) {
        juggle::ExecutorOptions result;
        result.on_unhandled_exception = [this](const juggle::UnhandledException& exception) {
            ++unhandled;
            if (!is_consequence(exception.exception)) {
                strange = "an unhandled exception";
            }
        };
        result.on_diagnostic = [this](std::string_view) { strange = "a diagnostic"; };
        result.clock = &clock;
        return result;
    }

    /// Of running out of memory.
    static bool is_consequence(const std::exception_ptr& exception) {
        return is<std::bad_alloc>(exception) || is<juggle::ResourcePoisoned>(exception);
    }
};

/// The program's exception, if any.
std::exception_ptr outcome_of(World& world, const Program& program) {
    try {
        world.executor.run(program.run(world));
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

/// What a system makes once for all, at first use, is made here.
void run_undisturbed(const Program& program) {
    Tallies tallies;
    juggle::ManualClock clock;
    juggle::Executor executor{tallies.options(clock)};
    World world{executor};
    executor.run(program.run(world));
}

/// True: there was such an allocation to fail.
bool run_with_failure(const Program& program, std::uint64_t number,
                      FailingAllocations::Which which) {
    INFO("allocation " << number);
    const std::int64_t before = support::living_allocations();
    bool reached = false;
    {
        Tallies tallies;
        juggle::ManualClock clock;
        juggle::Executor executor{tallies.options(clock)};
        World world{executor};
        std::exception_ptr outcome;
        {
            const FailingAllocations failing{number, which};
            outcome = outcome_of(world, program);
            reached = FailingAllocations::reached();
        }
        INFO(support::text_of(outcome));
        CHECK((!outcome || Tallies::is_consequence(outcome)));
        CHECK((reached || !outcome));
        CHECK(tallies.strange == "");
        CHECK(world.what_is_lost() == "");
        world.restore();
        CHECK_NOTHROW(executor.run(program.run(world)));  // all of it still works
        CHECK(world.what_is_lost() == "");
    }
    CHECK(support::living_allocations() == before);
    ++support::cases;
    return reached;
}

void fail_each(FailingAllocations::Which which) {
    if (!support::sees_allocations()) {
        return;
    }
    for (const Program& program : support::small_programs()) {
        INFO(program.name);
        run_undisturbed(program);
        std::uint64_t number = 1;
        while (run_with_failure(program, number, which)) {
            ++number;
        }
        CHECK(number > 1);
    }
}

}  // namespace

TEST_CASE("an allocation that fails ends a program in order, whichever it is") {
    fail_each(FailingAllocations::Which::one);
}

TEST_CASE("memory that runs out for good ends a program in order, whenever it does") {
    fail_each(FailingAllocations::Which::all_from);
}
