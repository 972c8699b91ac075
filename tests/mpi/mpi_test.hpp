#pragma once

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

namespace support {

/// This process among those of the run.
[[nodiscard]] inline int rank() {
    int result = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &result);
    return result;
}
[[nodiscard]] inline int ranks() {
    int result = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &result);
    return result;
}

/// Before it ends, all ranks are together again: none of them is left with a message of the last
/// test.
inline void run_on_all_ranks(juggle::Task<> (*test)(juggle::Executor&)) {
    {
        Reports reports;
        juggle::Executor executor{reports.options()};
        executor.run(test(executor));
        CHECK(reports.empty());
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

}  // namespace support

/// A test case that is a task on each rank, with a parameter `executor`, in real time.
#define MPI_TEST_CASE(...) \
    SUPPORT_MPI_TEST_CASE(INTERNAL_CATCH_UNIQUE_NAME(mpi_test_case), __VA_ARGS__)
#define SUPPORT_MPI_TEST_CASE(function, ...)                         \
    static juggle::Task<> function(juggle::Executor& executor);      \
    TEST_CASE(__VA_ARGS__) { support::run_on_all_ranks(&function); } \
    static juggle::Task<> function([[maybe_unused]] juggle::Executor& executor)
