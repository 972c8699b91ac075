#pragma once

#include "common/rules.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace layer {

/// What a rule of the fault layer does to a call.
enum class Action {
    fail,     // the driver is not called; gives `status`
    skip,     // of a kernel, native ones too: success, and a marker in its place
    forge,    // of clGetEventInfo: the execution status is `status`; of a callback: it is told so
    drop,     // the callback never comes
    delay,    // it comes when the test says so, or `milliseconds` after it was due
    reorder,  // it comes after the next one that is due
    twice,
    early,   // inside clSetEventCallback, before the command has ended
    held,    // inside whatever OpenCL call comes next
    thread,  // from a thread that is not the driver's
};

/// A `Selection` of calls, and what happens to them.
struct Rule : Selection {
    Action action = Action::fail;
    int status = 0;
    std::optional<unsigned> milliseconds = std::nullopt;
};

/// `pattern` is a name, or the beginning of names and a star. What only counts references
/// (clRetain*, clRelease*) must be asked for by name: a bare star leaves it alone.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view call) noexcept;

/// Rules with semicolons between them. Throws std::invalid_argument that says what is wrong where.
[[nodiscard]] std::vector<Rule> parse_rules(std::string_view text);

/// The names of all functions that a rule may name.
[[nodiscard]] bool is_call(std::string_view pattern) noexcept;

}  // namespace layer
