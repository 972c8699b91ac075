#include "cuda_simulation/rules.hpp"

#include "cuda_simulation/calls.hpp"
#include "cuda_simulation/errors.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace layer::cuda {

namespace {

#define NAME(call, needs, parameters, arguments) std::string_view{#call},
constexpr auto names = std::to_array({JUGGLE_CUDA_CALLS(NAME)});
#undef NAME

constexpr auto put_into_a_stream = std::to_array<std::string_view>({
    "cuLaunchHostFunc",
    "cuLaunchKernel",
    "cuMemcpyHtoDAsync",
    "cuMemcpyDtoHAsync",
    "cuMemcpyDtoDAsync",
    "cuMemsetD8Async",
    "cuMemsetD32Async",
    "cuEventRecord",
    "cuStreamWaitEvent",
});

bool gives_back_or_names_errors(std::string_view call) {
    return call.find("Destroy") != std::string_view::npos ||
           call.find("Free") != std::string_view::npos ||
           call.find("Release") != std::string_view::npos ||
           call.find("Unload") != std::string_view::npos ||
           call.find("Pop") != std::string_view::npos || call.starts_with("cuGetError");
}

bool all_put_into_a_stream(std::string_view pattern) {
    return std::ranges::all_of(names, [=](std::string_view call) {
        return !matches(pattern, call) ||
               std::ranges::find(put_into_a_stream, call) != put_into_a_stream.end();
    });
}

struct NamedAction {
    std::string_view name;
    Action action;
    bool has_error;
    bool is_of_streams;
};

constexpr auto actions = std::to_array<NamedAction>({
    {"sticky", Action::sticky, true, false},
    {"lose", Action::lose, true, false},
    {"async", Action::async, true, true},
    {"skip", Action::skip, false, true},
});

void parse_action(Rule& rule, std::string_view whole, std::string_view text) {
    const ActionText parts = parse_action_text(text);
    const auto& [word, value] = parts;
    if (const auto delivery = parse_delivery(whole, parts)) {
        if (rule.pattern != "cuLaunchHostFunc") {
            refuse(whole, word, " is for cuLaunchHostFunc alone");
        }
        rule.action = Action::deliver;
        rule.delivery = *delivery;
        return;
    }
    const auto* named = std::ranges::find(actions, word, &NamedAction::name);
    const bool is_named = named != actions.end();
    const bool has_error = !is_named || named->has_error;
    const auto error = has_error ? parse_error(is_named ? value.value_or("") : text) : std::nullopt;
    if (has_error != error.has_value() || (is_named && value.has_value() != named->has_error)) {
        refuse(whole, text,
               " is none of <error>, sticky:<error>, lose:<error>, async:<error>, skip, drop, "
               "delay[:<milliseconds>], reorder, double, early, inline, thread, with an error such "
               "as CUDA_ERROR_ILLEGAL_ADDRESS or 700");
    }
    if (is_named && named->is_of_streams && !all_put_into_a_stream(rule.pattern)) {
        refuse(whole, word, " is for functions that put a command into a stream");
    }
    rule.action = is_named ? named->action : Action::fail;
    rule.status = error ? static_cast<int>(*error) : 0;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view call) noexcept {
    if (pattern == "*") {
        return !gives_back_or_names_errors(call);
    }
    return is_about(pattern, call);
}

bool is_call(std::string_view pattern) noexcept {
    return std::ranges::any_of(names,
                               [=](std::string_view call) { return matches(pattern, call); });
}

std::vector<Rule> parse_rules(std::string_view text) {
    return layer::parse_rules(text, "CUDA", &is_call, &parse_action);
}

}  // namespace layer::cuda
