// Ranks: 2
// Each call of MPI that a pipeline of two ranks makes fails in turn, on one of them.

#include "fault_layer.hpp"
#include "pipeline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mpi = juggle::mpi;
using support::Communicators;
using support::contains;
using support::Faults;
using support::is;
using support::Outcome;
using support::rank;

namespace {

/// The error, if it is one that MPI gave.
const mpi::Error* error_of(const std::exception_ptr& exception) {
    try {
        if (exception) {
            std::rethrow_exception(exception);
        }
    } catch (const mpi::Error& error) {
        return &error;  // the exception object lives as long as `exception`
    } catch (...) {
        return nullptr;
    }
    return nullptr;
}

/// Of calls that clean up nobody is told, and what only asks is asked again.
bool is_silent(const std::string& call) {
    return call == "MPI_Request_get_status" || call == "MPI_Request_free" ||
           call == "MPI_Errhandler_free" || call == "MPI_Comm_free_keyval";
}

/// A failed call is named by the error, or what it was that has failed.
bool names(const std::string& text, const std::string& call) {
    if (call == "MPI_Start") {
        return contains(text, "_init of ");
    }
    if (call == "MPI_Test" || call == "MPI_Testsome" || call == "MPI_Wait") {
        return text.starts_with("MPI_I") || contains(text, "_init of ");
    }
    return text.starts_with(call);
}

struct Sweep {
    Communicators communicators;
    Faults faults;

    /// A run with rules on one rank.
    Outcome run(int victim, const std::string& rules) {
        faults.configure(rank() == victim ? rules : "");
        injected_ = 0;
        const Outcome outcome = support::run_pipeline(
            communicators, [](auto&, int) {},
            [this] {
                injected_ = faults.injected();
                last_ = faults.last();
                return injected_ != 0;
            });
        CHECK(faults.calls("MPI_Cancel") == 0);
        for (const std::exception_ptr& other : outcome.others) {
            INFO(support::text_of(other));
            CHECK((error_of(support::root_of(other)) != nullptr));
        }
        return outcome;
    }

    /// Of that before the pipeline's end.
    [[nodiscard]] bool has_injected() const { return injected_ != 0; }
    [[nodiscard]] const std::string& last() const { return last_; }

    void check(int victim, const Outcome& outcome) const {
        INFO("rank " << rank() << ", a fault in " << last_ << ": "
                     << support::text_of(outcome.exception));
        if (rank() != victim) {
            CHECK((outcome.exception == nullptr || is<juggle::Cancelled>(outcome.exception)));
            return;
        }
        CHECK(outcome.nothing_is_lost);
        const std::exception_ptr root = support::root_of(outcome.exception);
        if (!has_injected() || is_silent(last_)) {
            CHECK(outcome.exception == nullptr);
            return;
        }
        const mpi::Error* const error = error_of(root);
        REQUIRE(error != nullptr);
        CHECK(error->error_class() == MPI_ERR_INTERN);
        CHECK(error->rank() == victim);
        CHECK(names(error->call(), last_));
    }

    std::uint64_t injected_ = 0;
    std::string last_;
};

std::string nth(int number) { return "#" + std::to_string(number); }

}  // namespace

// The first one of the process, which is when these are called.
TEST_CASE("mpi faults: a call that sets up fails, and the next run succeeds") {
    Sweep sweep;
    for (const char* const call : {"MPI_Query_thread", "MPI_Is_thread_main",
                                   "MPI_Comm_create_keyval", "MPI_Comm_set_attr"}) {
        INFO(call);
        const Outcome outcome = sweep.run(0, std::string{call} + "#1=MPI_ERR_INTERN");
        sweep.check(0, outcome);
        if (rank() == 0) {
            CHECK(sweep.last() == call);
        }
    }
    const Outcome outcome = sweep.run(0, "");
    CHECK(outcome.exception == nullptr);
}

TEST_CASE("mpi faults: each call fails in turn") {
    Sweep sweep;
    for (int victim = 0; victim < 2; ++victim) {
        int number = 1;
        for (;; ++number) {
            INFO("call " << number << " of rank " << victim);
            const Outcome outcome = sweep.run(victim, "*" + nth(number) + "=MPI_ERR_INTERN");
            sweep.check(victim, outcome);
            if (outcome.mine.was_disturbed == 0 && outcome.theirs.was_disturbed == 0) {
                break;
            }
        }
        CHECK(number > 20);
    }
}

TEST_CASE("mpi faults: from some call on all fail") {
    Sweep sweep;
    for (int victim = 0; victim < 2; ++victim) {
        for (int number = 1;; ++number) {
            INFO("call " << number << " of rank " << victim);
            const Outcome outcome = sweep.run(victim, "*" + nth(number) + "+=MPI_ERR_INTERN");
            if (outcome.mine.was_disturbed == 0 && outcome.theirs.was_disturbed == 0) {
                break;
            }
            if (rank() == victim) {
                CHECK(error_of(support::root_of(outcome.exception)) != nullptr);
            }
        }
    }
}

TEST_CASE("mpi faults: MPI refuses a pass over all requests, and they are asked one by one") {
    Sweep sweep;
    for (int victim = 0; victim < 2; ++victim) {
        for (const int number : {1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 50}) {
            for (const char* const onward : {"", "+"}) {
                const std::string rules =
                    "MPI_Testsome" + nth(number) + onward + "=refuse:MPI_ERR_INTERN";
                INFO(rules << " on rank " << victim);
                const Outcome outcome = sweep.run(victim, rules);
                CHECK(outcome.exception == nullptr);
                CHECK(outcome.nothing_is_lost);
            }
        }
    }
}

// What is lost then may be in use for ever, and stays.
TEST_CASE("mpi faults: MPI refuses to say how requests stand from some moment on") {
    Sweep sweep;
    for (int victim = 0; victim < 2; ++victim) {
        for (const int number : {1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 50}) {
            const std::string from = nth(number) + "+=";
            const std::string rules = "MPI_Test*" + from + "refuse:MPI_ERR_INTERN;" +
                                      "MPI_Request_get_status" + from + "MPI_ERR_INTERN";
            INFO(rules << " on rank " << victim);
            const Outcome outcome = sweep.run(victim, rules);
            if (rank() == victim && outcome.exception != nullptr) {
                CHECK(error_of(support::root_of(outcome.exception)) != nullptr);
            }
        }
    }
}
