// Ranks: 2
// Memory runs out at each allocation of a pipeline of two ranks, on one of them. MPI itself takes
// its memory elsewhere, so what fails are the library's allocations.

#include "fault_layer.hpp"
#include "pipeline.hpp"

#include <cstdint>
#include <new>
#include <optional>
#include <vector>

using support::Communicators;
using support::FailingAllocations;
using support::Faults;
using support::is;
using support::Outcome;
using support::rank;

namespace {

bool is_consequence(const std::exception_ptr& exception) {
    return is<std::bad_alloc>(exception) || is<juggle::ResourcePoisoned>(exception);
}

void check(const Outcome& outcome, int victim) {
    if (rank() == victim) {
        CHECK((outcome.exception == nullptr || is_consequence(outcome.exception)));
    } else {
        CHECK((outcome.exception == nullptr || is<juggle::Cancelled>(outcome.exception)));
    }
    for (const std::exception_ptr& other : outcome.others) {
        CHECK(is_consequence(other));
    }
    CHECK(outcome.nothing_is_lost);
}

void fail_each(FailingAllocations::Which which) {
    if (!support::sees_allocations()) {
        return;
    }
    const Communicators communicators;
    const Faults faults;
    const auto undisturbed = [&] {
        return support::run_pipeline(communicators, [](auto&, int) {}, [] { return false; });
    };
    // What is made once is made, and as many records of requests as there will ever be.
    CHECK(undisturbed().exception == nullptr);
    std::vector<juggle::mpi::Event> records(64);
    for (juggle::mpi::Event& record : records) {
        record = juggle::mpi::start(MPI_Irecv, nullptr, 0, MPI_INT, MPI_PROC_NULL, 0,
                                    communicators.tested());
    }
    CHECK(juggle::EventTraits<juggle::mpi::Event>::wait_on_host(records));
    records = {};
    for (int victim = 0; victim < 2; ++victim) {
        for (std::uint64_t number = 1;; ++number) {
            INFO("allocation " << number << " of rank " << victim);
            const std::int64_t before = support::living_allocations();
            bool is_over = false;
            {
                std::optional<FailingAllocations> failing;
                if (rank() == victim) {
                    failing.emplace(number, which);
                }
                const Outcome outcome = support::run_pipeline(
                    communicators, [](auto&, int) {}, [] { return FailingAllocations::reached(); },
                    true);
                failing.reset();
                check(outcome, victim);
                is_over = outcome.mine.was_disturbed == 0 && outcome.theirs.was_disturbed == 0;
            }
            const std::int64_t after = support::living_allocations();
            CHECK(after == before);
            if (is_over) {
                CHECK(number > 20);
                break;
            }
        }
    }
    CHECK(undisturbed().exception == nullptr);
    CHECK(faults.calls("MPI_Cancel") == 0);
}

}  // namespace

TEST_CASE("mpi faults: an allocation that fails ends a pipeline in order, whichever it is") {
    fail_each(FailingAllocations::Which::one);
}

TEST_CASE("mpi faults: memory that runs out for good ends a pipeline in order") {
    fail_each(FailingAllocations::Which::all_from);
}
