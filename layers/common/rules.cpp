#include "common/rules.hpp"

#include <stdexcept>

namespace layer {

namespace {

std::string quoted(std::string_view text) { return std::string{'\''}.append(text).append("'"); }

}  // namespace

bool is_about(std::string_view pattern, std::string_view call) noexcept {
    if (pattern.ends_with('*')) {
        return call.starts_with(pattern.substr(0, pattern.size() - 1));
    }
    return call == pattern;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void refuse(std::string_view rule, std::string_view what, std::string_view why) {
    throw std::invalid_argument{
        std::string{"rule "}.append(quoted(rule)).append(": ").append(quoted(what)).append(why)};
}

ActionText parse_action_text(std::string_view text) {
    const std::size_t colon = text.find(':');
    ActionText result{.word = trimmed(text.substr(0, colon)), .value = std::nullopt};
    if (colon != std::string_view::npos) {
        result.value = trimmed(text.substr(colon + 1));
    }
    return result;
}

std::vector<std::string_view> split_rules(std::string_view text) {
    std::vector<std::string_view> rules;
    while (!text.empty()) {
        const std::size_t semicolon = text.find(';');
        if (const std::string_view rule = trimmed(text.substr(0, semicolon)); !rule.empty()) {
            rules.push_back(rule);
        }
        text.remove_prefix(semicolon == std::string_view::npos ? text.size() : semicolon + 1);
    }
    return rules;
}

Selection parse_selection(std::string_view rule, const char* api,
                          bool (*is_call)(std::string_view pattern) noexcept,
                          std::string_view& action) {
    const std::size_t equals = rule.find('=');
    if (equals == std::string_view::npos) {
        refuse(rule, rule, " is not of the form <call>[#<number>[+]]=<action>");
    }
    action = trimmed(rule.substr(equals + 1));
    const std::string_view calls = rule.substr(0, equals);
    const std::size_t mark = calls.find('#');
    Selection selection;
    selection.pattern = trimmed(calls.substr(0, mark));
    if (!is_call(selection.pattern)) {
        refuse(rule, selection.pattern, std::string{" is no "}.append(api).append(" call"));
    }
    if (mark == std::string_view::npos) {
        return selection;
    }
    std::string_view which = trimmed(calls.substr(mark + 1));
    selection.onward = which.ends_with('+');
    if (selection.onward) {
        which.remove_suffix(1);
    }
    const auto first = number<std::uint64_t>(which);
    if (!first || *first == 0) {
        refuse(rule, which, " is not the number of a call (1, 2, ...)");
    }
    selection.first = *first;
    return selection;
}

}  // namespace layer
