#pragma once

#include "common/deliveries.hpp"
#include "common/rules.hpp"

#include <string_view>
#include <vector>

namespace layer {

/// What a rule of the fault layer does to a call.
enum class Action {
    fail,     // the driver is not called; gives `status`
    skip,     // of a kernel, native ones too: success, and a marker in its place
    forge,    // of clGetEventInfo: the execution status is `status`; of a callback: it is told so
    deliver,  // of a callback: it comes by `delivery`
};

/// A `Selection` of calls, and what happens to them.
struct Rule : Selection {
    Action action = Action::fail;
    int status = 0;
    Delivery delivery = {};
};

/// `pattern` is a name, or the beginning of names and a star. What only counts references
/// (clRetain*, clRelease*) must be asked for by name: a bare star leaves it alone.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view call) noexcept;

/// Rules with semicolons between them. Throws std::invalid_argument that says what is wrong where.
[[nodiscard]] std::vector<Rule> parse_rules(std::string_view text);

/// The names of all functions that a rule may name.
[[nodiscard]] bool is_call(std::string_view pattern) noexcept;

}  // namespace layer
