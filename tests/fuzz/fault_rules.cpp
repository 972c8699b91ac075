// Any text as JUGGLE_CL_FAULTS: rules that make sense, or a message; and rules written out again
// are the same rules.

#include "faults/rules.hpp"
#include "input.hpp"

#include <stdexcept>

namespace {

using fuzz::require;
using layer::Action;
using layer::Delivery;
using layer::Rule;
using layer::Way;

std::string word_of(const Delivery& delivery) {
    switch (delivery.way) {
        case Way::usual:
            break;
        case Way::drop:
            return "drop";
        case Way::delay:
            return delivery.milliseconds ? "delay:" + std::to_string(*delivery.milliseconds)
                                         : "delay";
        case Way::reorder:
            return "reorder";
        case Way::twice:
            return "double";
        case Way::early:
            return "early";
        case Way::held:
            return "inline";
        case Way::thread:
            return "thread";
    }
    require(false, "a way to deliver that has a name");
    return {};
}

std::string action_of(const Rule& rule) {
    switch (rule.action) {
        case Action::fail:
            return std::to_string(rule.status);
        case Action::skip:
            return "skip";
        case Action::forge:
            return "forge:" + std::to_string(rule.status);
        case Action::deliver:
            return word_of(rule.delivery);
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
           a.action == b.action && a.status == b.status && a.delivery.way == b.delivery.way &&
           a.delivery.milliseconds == b.delivery.milliseconds;
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
