#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

/// A stateless model checker for code that is compiled with `-fsanitize=thread`: it runs a scenario
/// once for every way in which its threads can interleave and every value that the C++ memory model
/// lets a load see. See README.md beside it.
namespace model {

/// What an operation does, as far as a mutation can change it.
enum class Weakening {
    not_sequential,  ///< seq_cst becomes acq_rel, acquire or release
    no_release,
    no_acquire
};

/// One atomic operation of the code under test: a line of it and what is done there.
struct Operation {
    std::string
        place;  ///< file:line of the first line that is neither the standard's nor a model's
    std::string kind;
    friend auto operator<=>(const Operation&, const Operation&) = default;
};

struct Mutation {
    Operation operation;
    Weakening weakening;
    friend auto operator<=>(const Mutation&, const Mutation&) = default;
};

[[nodiscard]] std::string to_string(const Mutation& mutation);

struct Options {
    /// How often a thread may return early from a sleep, and fail a weak exchange without a reason.
    int early_wakes = 1;
    int weak_failures = 1;
    /// Without it every interleaving is run, also those that only differ in the order of operations
    /// that do not touch each other. To check the checker.
    bool reduce = true;
    /// More than that is a failure of the model, not of what it checks.
    std::uint64_t max_executions = 50'000'000;
    /// Whether the report says what mutations are possible.
    bool list_operations = false;
    /// Operations of which the order is weaker than written.
    std::vector<Mutation> mutations;
};

struct Report {
    /// Empty if every execution was fine; else what was wrong with the last, and how it went.
    std::string failure;
    std::string story;
    /// Executions that ran to their end, and those given up because another was the same.
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
    /// What can be made weaker in the operations of the code under test that were met.
    std::set<Mutation> possible;
    /// What executions have observed.
    std::set<std::vector<long>> observed;
};

/// Runs the scenario until there is no other way to run it, or until one fails. An execution fails
/// at a data race, a use of freed memory, a leak, a deadlock (a sleep that nobody ends included),
/// or a requirement that is not met.
[[nodiscard]] Report explore(const std::function<void()>& scenario, const Options& options = {});

// For scenarios.

/// Starts another thread; all that a scenario starts are started before it joins them.
void thread(const char* name, std::function<void()> function);
void join();

void require(bool condition, const char* what);

/// Something about this execution, to be found in the report.
void observe(std::initializer_list<long> values);

/// 0 ... count-1, each in executions of its own.
[[nodiscard]] int choose(int count);

/// The same variable for each thread, with a value of its own; all start with zero. Not checked for
/// races. For the `thread_local` pointers of the code under test.
void local_to_thread(void** variable);

/// Memory that lives longer than an execution: each starts with what it holds now.
void keep(void* memory, std::size_t bytes);

}  // namespace model
