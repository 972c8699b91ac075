#include "faults/rules.hpp"

#include "common/calls.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace layer {

namespace {

#define NAME(call) std::string_view{#call},
constexpr auto names = std::to_array({JUGGLE_CL_CALLS(NAME)});
#undef NAME

void parse_action(Rule& rule, std::string_view whole, std::string_view text) {
    const ActionText parts = parse_action_text(text);
    const auto& [word, value] = parts;
    if (const auto delivery = parse_delivery(whole, parts)) {
        if (!matches(rule.pattern, "clSetEventCallback") || rule.pattern == "*") {
            refuse(whole, word, " is for clSetEventCallback alone");
        }
        rule.action = Action::deliver;
        rule.delivery = *delivery;
        return;
    }
    if (word == "skip" && !value) {
        if (rule.pattern != "clEnqueueNDRangeKernel" && rule.pattern != "clEnqueueNativeKernel") {
            refuse(whole, word, " is for clEnqueueNDRangeKernel and clEnqueueNativeKernel alone");
        }
        rule.action = Action::skip;
        return;
    }
    const bool forge = word == "forge" && value;
    const auto status = number<int>(forge ? *value : word);
    if (!status || (!forge && (value || *status >= 0))) {
        refuse(whole, text,
               " is neither a (negative) status nor one of skip, forge:<status>, drop, "
               "delay[:<milliseconds>], reorder, double, early, inline, thread");
    }
    if (forge && rule.pattern != "clGetEventInfo" && rule.pattern != "clSetEventCallback") {
        refuse(whole, word, " is for clGetEventInfo and clSetEventCallback alone");
    }
    rule.action = forge ? Action::forge : Action::fail;
    rule.status = *status;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view call) noexcept {
    if (pattern == "*") {
        return !call.starts_with("clRetain") && !call.starts_with("clRelease");
    }
    return is_about(pattern, call);
}

bool is_call(std::string_view pattern) noexcept {
    return std::ranges::any_of(names,
                               [=](std::string_view call) { return matches(pattern, call); });
}

std::vector<Rule> parse_rules(std::string_view text) {
    return layer::parse_rules(text, "OpenCL", &is_call, &parse_action);
}

}  // namespace layer
