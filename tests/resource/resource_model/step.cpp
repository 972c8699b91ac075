#include "resource/resource_model/step.hpp"

#include "support/random_steps.hpp"

#include <array>
#include <cstddef>
#include <ostream>

namespace resource_model {

namespace {

using Kind = support::StepKind<Operation>;

constexpr auto kinds = std::to_array<Kind>({
    {Operation::acquire, "acquire", 12},
    {Operation::acquire_shared, "acquire_shared", 16},
    {Operation::acquire_all, "acquire_all", 4},
    {Operation::try_acquire, "try_acquire", 3},
    {Operation::try_acquire_shared, "try_acquire_shared", 3},
    {Operation::wait, "wait", 10},
    {Operation::wait_events, "wait_events", 14},
    {Operation::wait_device, "wait_device", 5},
    {Operation::wait_again, "wait_again", 2},
    {Operation::wait_events_again, "wait_events_again", 2},
    {Operation::try_wait, "try_wait", 14},
    {Operation::track, "track", 8},
    {Operation::ready, "ready", 20},
    {Operation::ready_many, "ready_many", 5},
    {Operation::fail, "fail", 3},
    {Operation::fail_without_cause, "fail_without_cause", 1},
    {Operation::drop, "drop", 12},
    {Operation::drop_by_exception, "drop_by_exception", 4},
    {Operation::move, "move", 6},
    {Operation::cancel, "cancel", 5},
    {Operation::hold_in_task, "hold_in_task", 6},
    {Operation::acquire_in_task, "acquire_in_task", 4},
    {Operation::let_task_release, "let_task_release", 7},
    {Operation::let_task_throw, "let_task_throw", 2},
    {Operation::let_task_forget, "let_task_forget", 1},
    {Operation::complete_event, "complete_event", 16},
    {Operation::fail_event, "fail_event", 2},
    {Operation::clear_poison, "clear_poison", 9},
    {Operation::move_resource, "move_resource", 1},
    {Operation::renew_resource, "renew_resource", 1},
    {Operation::take_turns, "take_turns", 12},
    {Operation::settle, "settle", 12},
});

}  // namespace

Steps random_steps(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random{seed};
    const auto below = [&random](std::uint64_t bound) {
        return static_cast<std::uint8_t>(random() % bound);
    };
    const std::uint64_t resources = 1 + random() % resource_count;
    Steps steps(count);
    for (Step& step : steps) {
        step.operation = support::random_operation(kinds, random);
        step.resource = below(resources);
        step.slot = below(slot_count);
        step.choice = below(choices);
    }
    return steps;
}

std::ostream& operator<<(std::ostream& stream, const Step& step) {
    return stream << support::name_of(kinds, step.operation) << ' ' << int{step.resource} << ' '
                  << int{step.slot} << ' ' << int{step.choice};
}

Steps read_steps(std::istream& stream) {
    return support::read_steps(stream, kinds,
                               std::array{resource_count, slot_count, std::size_t{choices}},
                               [](Operation operation, const auto& numbers) {
                                   return Step{operation, numbers[0], numbers[1], numbers[2]};
                               });
}

}  // namespace resource_model
