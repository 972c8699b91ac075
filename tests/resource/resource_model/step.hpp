// What happens to the resources, step by step, in a form that can be printed, replayed and shrunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <random>
#include <string_view>
#include <vector>

namespace resource_model {

enum class Operation : std::uint8_t {
    acquire,
    acquire_shared,
    acquire_all,
    try_acquire,
    try_acquire_shared,
    wait,
    wait_events,
    wait_device,
    wait_again,
    wait_events_again,
    try_wait,
    track,
    ready,
    ready_many,
    fail,
    fail_without_cause,
    drop,
    drop_by_exception,
    move,
    cancel,
    hold_in_task,
    acquire_in_task,
    let_task_release,
    let_task_throw,
    let_task_forget,
    complete_event,
    fail_event,
    clear_poison,
    move_resource,
    renew_resource,
    take_turns,
    settle,
};

inline constexpr std::size_t resource_count = 3;
inline constexpr std::size_t slot_count = 12;  // for tickets
inline constexpr std::size_t event_count = 8;  // for pending events
inline constexpr std::uint8_t choices = 8;     // of whatever else is to be decided

/// A step that makes no sense at the moment does nothing, so any list of steps is a program.
struct Step {
    Operation operation;
    std::uint8_t resource;
    std::uint8_t slot;
    std::uint8_t choice;

    friend bool operator==(const Step&, const Step&) = default;
};

using Steps = std::vector<Step>;

[[nodiscard]] Steps random_steps(std::uint64_t seed, std::size_t count);

/// A step a line: the operation, then the three numbers.
std::ostream& operator<<(std::ostream& stream, const Step& step);
/// Throws `std::invalid_argument` if a line is no step.
[[nodiscard]] Steps read_steps(std::istream& stream);

}  // namespace resource_model
