#include "faults/rules.hpp"

#include "common/calls.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

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

std::string quoted(std::string_view text) { return std::string{'\''}.append(text).append("'"); }

/// "rule '<rule>': '<what>' <why>"
[[noreturn]] void refuse(std::string_view rule, std::string_view what, std::string_view why) {
    throw std::invalid_argument{
        std::string{"rule "}.append(quoted(rule)).append(": ").append(quoted(what)).append(why)};
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void parse_which(Rule& rule, std::string_view whole, std::string_view text) {
    const std::size_t mark = text.find('#');
    rule.pattern = trimmed(text.substr(0, mark));
    if (!is_call(rule.pattern)) {
        refuse(whole, rule.pattern, " is no OpenCL call");
    }
    if (mark == std::string_view::npos) {
        return;
    }
    std::string_view which = trimmed(text.substr(mark + 1));
    rule.onward = which.ends_with('+');
    if (rule.onward) {
        which.remove_suffix(1);
    }
    const auto first = number<std::uint64_t>(which);
    if (!first || *first == 0) {
        refuse(whole, which, " is not the number of a call (1, 2, ...)");
    }
    rule.first = *first;
}

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
    const std::size_t colon = text.find(':');
    const std::string_view word = trimmed(text.substr(0, colon));
    std::optional<std::string_view> value;
    if (colon != std::string_view::npos) {
        value = trimmed(text.substr(colon + 1));
    }
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

Rule parse_rule(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        refuse(text, text, " is not of the form <call>[#<number>[+]]=<action>");
    }
    Rule rule;
    parse_which(rule, text, text.substr(0, equals));
    parse_action(rule, text, trimmed(text.substr(equals + 1)));
    return rule;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view call) noexcept {
    if (pattern == "*") {
        return !call.starts_with("clRetain") && !call.starts_with("clRelease");
    }
    if (pattern.ends_with('*')) {
        return call.starts_with(pattern.substr(0, pattern.size() - 1));
    }
    return call == pattern;
}

bool is_call(std::string_view pattern) noexcept {
    return std::ranges::any_of(names,
                               [=](std::string_view call) { return matches(pattern, call); });
}

std::vector<Rule> parse_rules(std::string_view text) {
    std::vector<Rule> rules;
    while (!text.empty()) {
        const std::size_t semicolon = text.find(';');
        if (const std::string_view rule = trimmed(text.substr(0, semicolon)); !rule.empty()) {
            rules.push_back(parse_rule(rule));
        }
        text.remove_prefix(semicolon == std::string_view::npos ? text.size() : semicolon + 1);
    }
    return rules;
}

}  // namespace layer
