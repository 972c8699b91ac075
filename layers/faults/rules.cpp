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

struct NamedAction {
    std::string_view name;
    Action action;
};

constexpr auto deliveries = std::to_array<NamedAction>({
    {"drop", Action::drop},
    {"delay", Action::delay},
    {"reorder", Action::reorder},
    {"double", Action::twice},
    {"early", Action::early},
    {"inline", Action::held},
    {"thread", Action::thread},
});

bool parse_delivery(Rule& rule, std::string_view whole, std::string_view word,
                    std::optional<std::string_view> value) {
    const auto* found = std::ranges::find(deliveries, word, &NamedAction::name);
    if (found == deliveries.end()) {
        return false;
    }
    if (!matches(rule.pattern, "clSetEventCallback") || rule.pattern == "*") {
        refuse(whole, word, " is for clSetEventCallback alone");
    }
    rule.action = found->action;
    if (value) {
        rule.milliseconds = number<unsigned>(*value);
        if (rule.action != Action::delay || !rule.milliseconds) {
            refuse(whole, *value, " is not a number of milliseconds to delay");
        }
    }
    return true;
}

void parse_action(Rule& rule, std::string_view whole, std::string_view text) {
    const auto [word, value] = parse_action_text(text);
    if (parse_delivery(rule, whole, word, value)) {
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
    std::vector<Rule> rules;
    for (const std::string_view whole : split_rules(text)) {
        std::string_view action;
        Rule rule{parse_selection(whole, "OpenCL", &is_call, action)};
        parse_action(rule, whole, action);
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace layer
