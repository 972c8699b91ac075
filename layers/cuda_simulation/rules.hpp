#pragma once

#include "common/deliveries.hpp"
#include "common/rules.hpp"

#include <string_view>
#include <vector>

#include <cuda.h>

namespace layer::cuda {

/// What a rule does to a call.
enum class Action {
    fail,     // nothing is done; gives `status`
    sticky,   // the same, and the context gives it from now on
    lose,     // the same, and so do all contexts of the device, present and future
    async,    // of what goes into a stream: the call succeeds, and the command is the context's end
    skip,     // of what goes into a stream: the call succeeds, and the command does nothing
    deliver,  // of a host function: it is called by `delivery`, and the stream does not wait for it
};

/// A `Selection` of calls, and what happens to them.
struct Rule : Selection {
    Action action = Action::fail;
    int status = 0;  // a CUresult
    Delivery delivery = {};
};

/// `pattern` is a name, or the beginning of names and a star. What gives back (destroys, frees,
/// releases, pops) must be asked for by name, and so must what asks for the name of an error: a
/// bare star leaves them alone.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view call) noexcept;

/// The names of all functions that a rule may name.
[[nodiscard]] bool is_call(std::string_view pattern) noexcept;

/// Rules with semicolons between them. Throws std::invalid_argument that says what is wrong where.
[[nodiscard]] std::vector<Rule> parse_rules(std::string_view text);

}  // namespace layer::cuda
