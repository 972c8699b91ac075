// Any text as JUGGLE_CL_FAULTS: rules that make sense, or a message; and rules written out again
// are the same rules.

#include "faults/rules.hpp"
#include "input.hpp"

#include <stdexcept>

namespace {

using fuzz::require;
using layer::Action;
using layer::Rule;

std::string action_of(const Rule& rule) {
    switch (rule.action) {
        case Action::fail:
            return std::to_string(rule.status);
        case Action::skip:
            return "skip";
        case Action::forge:
            return "forge:" + std::to_string(rule.status);
        case Action::drop:
            return "drop";
        case Action::delay:
            return rule.milliseconds ? "delay:" + std::to_string(*rule.milliseconds) : "delay";
        case Action::reorder:
            return "reorder";
        case Action::twice:
            return "double";
        case Action::early:
            return "early";
        case Action::held:
            return "inline";
        case Action::thread:
            return "thread";
    }
    require(false, "an action that has a name");
    return {};
}

std::string written(const Rule& rule) {
    return rule.pattern + "#" + std::to_string(rule.first) + (rule.onward ? "+" : "") + "=" +
           action_of(rule);
}

bool same(const Rule& a, const Rule& b) {
    return a.pattern == b.pattern && a.first == b.first && a.onward == b.onward &&
           a.action == b.action && a.status == b.status && a.milliseconds == b.milliseconds;
}

void check(const Rule& rule) {
    require(layer::is_call(rule.pattern), "a rule is about a call that there is");
    require(rule.first > 0, "calls are counted from 1");
    require(rule.action != Action::fail || rule.status < 0, "a failure's status is negative");
    const std::vector<Rule> again = layer::parse_rules(written(rule));
    require(again.size() == 1 && same(again.front(), rule), "a rule written out is the same rule");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    try {
        for (const Rule& rule : layer::parse_rules(input.text_until('\0'))) {
            check(rule);
        }
    } catch (const std::invalid_argument& error) {
        require(std::string_view{error.what()}.starts_with("rule '"), "a message names its rule");
    }
    return 0;
}
