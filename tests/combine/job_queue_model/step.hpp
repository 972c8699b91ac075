// What happens to a job queue, step by step.
#pragma once

#include "support/random_steps.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <ostream>
#include <random>
#include <vector>

namespace job_queue_model {

enum class Operation : std::uint8_t {
    push,
    finish,
    add,
    clean,
    end_job,
    cancel,
    renew,
    turn,
    settle,
    abandon,
};

inline constexpr auto kinds = std::to_array<support::StepKind<Operation>>({
    {Operation::push, "push", 14},
    {Operation::finish, "finish", 5},
    {Operation::add, "add", 6},
    {Operation::clean, "clean", 4},
    {Operation::end_job, "end_job", 18},
    {Operation::cancel, "cancel", 6},
    {Operation::renew, "renew", 2},
    {Operation::abandon, "abandon", 1},
    {Operation::settle, "settle", 6},
    {Operation::turn, "turn", 14},
});

inline constexpr std::size_t client_count = 6;  // tasks that push or wait, and jobs to choose from
inline constexpr std::size_t choices = 8;       // of whatever else is to be decided

/// A step that makes no sense at the moment does nothing, so any list of steps is a program.
struct Step {
    Operation operation;
    std::uint8_t who;
    std::uint8_t choice;
};

using Steps = std::vector<Step>;

/// The first step makes a queue.
[[nodiscard]] inline Steps random_steps(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random{seed};
    Steps steps(count);
    for (Step& step : steps) {
        step.operation = support::random_operation(kinds, random);
        step.who = static_cast<std::uint8_t>(random() % client_count);
        step.choice = static_cast<std::uint8_t>(random() % choices);
    }
    steps.front().operation = Operation::renew;
    return steps;
}

inline std::ostream& operator<<(std::ostream& stream, const Step& step) {
    return stream << support::name_of(kinds, step.operation) << ' ' << int{step.who} << ' '
                  << int{step.choice};
}

[[nodiscard]] inline Steps read_steps(std::istream& stream) {
    return support::read_steps(stream, kinds, std::array{client_count, choices},
                               [](Operation operation, const auto& numbers) {
                                   return Step{operation, numbers[0], numbers[1]};
                               });
}

}  // namespace job_queue_model
