#include "fengine/command.hpp"

#include "common/command_line.hpp"
#include "fengine/gains.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace fengine {
namespace {

/// Takes the next word off the front; empty if there is none.
std::string_view take_word(std::string_view& text) {
    constexpr std::string_view blanks = " \t\r";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

/// What a message shows of a word, which may be anything.
std::string quoted(std::string_view word) {
    constexpr std::size_t enough = 40;
    std::string text = "'";
    for (const char letter : word.substr(0, enough)) {
        text += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return text + (word.size() > enough ? "...'" : "'");
}

Command mistake(std::string text) { return {Command::Mistake{std::move(text)}}; }

Command gain_from_words(std::string_view words) {
    const std::string_view stream = take_word(words);
    const std::string_view polarisation = take_word(words);
    if (stream.empty() || polarisation.empty()) {
        return mistake("gain needs a stream and a polarisation");
    }
    if (polarisation != "0" && polarisation != "1") {
        return mistake("polarisation " + quoted(polarisation) + " is not 0 or 1");
    }
    Command::SetGains set{.stream = std::string(stream),
                          .polarisation = polarisation == "1" ? std::size_t{1} : std::size_t{0},
                          .gains = {}};
    for (auto word = take_word(words); !word.empty(); word = take_word(words)) {
        const auto gain = gain_from(word);
        if (!gain) {
            return mistake("gain " + quoted(word) + " is not a number such as 2, -0.5 or 1.5+2j");
        }
        set.gains.push_back(*gain);
    }
    if (set.gains.empty()) {
        return {
            Command::GetGains{.stream = std::move(set.stream), .polarisation = set.polarisation}};
    }
    return {std::move(set)};
}

}  // namespace

Command command_from(std::string_view line) {
    const std::string_view name = take_word(line);
    if (name == "gain") {
        return gain_from_words(line);
    }
    if (name != "help" && name != "streams") {
        return mistake(quoted(name) + " is none of help, streams, gain");
    }
    if (const std::string_view more = take_word(line); !more.empty()) {
        return mistake(quoted(more) + " is too much");
    }
    return name == "help" ? Command{Command::Help{}} : Command{Command::Streams{}};
}

}  // namespace fengine
