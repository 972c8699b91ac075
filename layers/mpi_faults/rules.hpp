#pragma once

#include "common/rules.hpp"

#include <string_view>
#include <vector>

namespace layer::mpi {

/// What a rule of the layer does to a call.
enum class Action {
    fail,    // what it would start is not started, or what it has completed has failed
    refuse,  // of functions that complete requests: MPI is not asked, and no request is touched
    kill,    // SIGKILL to the process, before the call
};

/// A `Selection` of calls, and what happens to them.
struct Rule : Selection {
    Action action = Action::fail;
    int status = 0;  // an error class
};

/// Whether the function completes requests.
[[nodiscard]] bool completes(std::string_view call) noexcept;

[[nodiscard]] bool is_call(std::string_view pattern) noexcept;

/// Rules with semicolons between them. Throws std::invalid_argument that says what is wrong where.
[[nodiscard]] std::vector<Rule> parse_rules(std::string_view text);

}  // namespace layer::mpi
