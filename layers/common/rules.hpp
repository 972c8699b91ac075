#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

/// What the rules of the fault layers have in common: "<call>[#<number>[+]]=<action>", with
/// semicolons between them.
namespace layer {

/// The front of a rule: the number-th call that the pattern matches, with a plus all from there on,
/// without a number all.
struct Selection {
    std::string pattern;
    std::uint64_t first = 1;
    bool onward = true;

    std::uint64_t seen = 0;

    /// Counts a call that the rule may concern; true if it is one for the action.
    [[nodiscard]] bool strikes() noexcept {
        ++seen;
        return onward ? seen >= first : seen == first;
    }
};

/// Whether a pattern, a name or the beginning of names and a star, is about a call.
[[nodiscard]] bool is_about(std::string_view pattern, std::string_view call) noexcept;

[[nodiscard]] std::string_view trimmed(std::string_view text);

template <class Number>
[[nodiscard]] std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

/// Throws std::invalid_argument: "rule '<rule>': '<what>' <why>".
[[noreturn]] void refuse(std::string_view rule, std::string_view what, std::string_view why);

/// The word in front of the colon of an action, and what is behind it.
struct ActionText {
    std::string_view word;
    std::optional<std::string_view> value;
};
[[nodiscard]] ActionText parse_action_text(std::string_view text);

/// The rules of a text, each trimmed; empty ones are left out.
[[nodiscard]] std::vector<std::string_view> split_rules(std::string_view text);

/// What is before the action, whose text `action` becomes. `is_call` says of which pattern there is
/// a call; `api` names them in messages.
[[nodiscard]] Selection parse_selection(std::string_view rule, const char* api,
                                        bool (*is_call)(std::string_view pattern) noexcept,
                                        std::string_view& action);

/// All rules of a text. `parse_action` reads the action into the rule; `whole` is for messages.
template <class Rule>
[[nodiscard]] std::vector<Rule> parse_rules(std::string_view text, const char* api,
                                            bool (*is_call)(std::string_view pattern) noexcept,
                                            void (*parse_action)(Rule& rule, std::string_view whole,
                                                                 std::string_view action)) {
    std::vector<Rule> rules;
    for (const std::string_view whole : split_rules(text)) {
        std::string_view action;
        Rule rule{parse_selection(whole, api, is_call, action)};
        parse_action(rule, whole, action);
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace layer
