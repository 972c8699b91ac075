// What is linked into an example program to look at it from within: the program itself stays as it
// is, but its calls of main, operator new, Executor::run and a few functions for files come here
// (see probe.cmake). Two variables of the environment say what is wanted:
//
//     JUGGLE_PROBE       one of
//         allocation:K       its K-th allocation throws std::bad_alloc
//         allocations:K      and so do all behind it
//         stop:K             the task gets a stop request after the K-th resumption
//         signal:K           the process gets SIGINT after the K-th resumption
//         file:K:E           the K-th call about a file that it writes fails with errno E
//         short:K            the K-th such call, if it is a write, writes only the half
//         soak:S             every S seconds a line about memory goes to the log
//     JUGGLE_PROBE_LOG   the file for what there is to tell, a "word number..." a line
//
// K counts from 1. Without JUGGLE_PROBE nothing is disturbed, only counted.
#pragma once

#include <cstdint>
#include <string_view>

namespace probe {

// What JUGGLE_PROBE says. `which` is 0 if `what` was not asked for.
struct Wish {
    std::uint64_t which = 0;
    int number = 0;  // behind the second colon
};
Wish wish(std::string_view what) noexcept;

// Appends a line to the log; allocates nothing.
void log(const char* format, ...) noexcept __attribute__((format(printf, 1, 2)));

// Between the first line of main and the last. What runs before or after is not disturbed.
bool in_main() noexcept;

// Allocations of the program's own code and of the standard library on its behalf, in main. What
// other libraries allocate, or are called back for, is not counted.
std::uint64_t own_allocations() noexcept;

// Blocks of operator new that are in use, whoever asked for them.
std::uint64_t blocks_in_use() noexcept;

// How many resumptions Executor::run made, if it was told to count them.
std::uint64_t resumptions() noexcept;

// Calls about files that the program writes.
std::uint64_t file_calls() noexcept;

}  // namespace probe
