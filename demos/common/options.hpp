#pragma once

#include "common/error.hpp"
#include "common/text_stream.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

/// What the examples add to CLI11: numbers that are read strictly, messages that name the option
/// and the value, and help with the defaults where a reader looks for them.
namespace common {

/// CLI11 prefixes the name of the option.
[[noreturn]] inline void refuse(const char* name, const std::string& value,
                                const std::string& wanted) {
    throw CLI::ValidationError(name, '\'' + value + "' is not " + wanted);
}

/// All of `text` as a number. Unlike CLI11's own conversion it takes neither "010" as octal nor
/// "-1" as a huge unsigned number.
template <class Number>
std::optional<Number> number_from(const std::string& text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return number;
}

template <class Number>
std::string shown(Number number) {
    std::ostringstream text = common::text_stream();
    text << number;
    return text.str();
}

/// An option that takes a whole number from `least` to `most`; `into` has the default.
template <std::unsigned_integral Number>
CLI::Option* add_count(CLI::App& app, const char* name, Number& into, Number least, Number most,
                       const char* help) {
    const auto read = [name, &into, least, most](const std::string& text) {
        const auto number = number_from<Number>(text);
        if (!number || *number < least || *number > most) {
            refuse(name, text, "a whole number from " + shown(least) + " to " + shown(most));
        }
        into = *number;
    };
    return app.add_option_function<std::string>(name, read, help)
        ->type_name("N")
        ->default_str(shown(into));
}

/// An option that takes a number from `least` to `most`; `into` has the default.
inline CLI::Option* add_number(CLI::App& app, const char* name, double& into, double least,
                               double most, const char* help) {
    const auto read = [name, &into, least, most](const std::string& text) {
        const auto number = number_from<double>(text);
        if (!number || !(*number >= least && *number <= most)) {
            refuse(name, text, "a number from " + shown(least) + " to " + shown(most));
        }
        into = *number;
    };
    return app.add_option_function<std::string>(name, read, help)
        ->type_name("X")
        ->default_str(shown(into));
}

/// `--platform` and `--device`, as `find_device` takes them.
inline void add_device_choice(CLI::App& app, std::string& platform, std::string& device,
                              const std::string& group = "Options") {
    app.add_option("--platform", platform, "OpenCL platform: index or part of its name")
        ->type_name("WHICH")
        ->group(group);
    app.add_option("--device", device, "OpenCL device: index or part of its name")
        ->type_name("WHICH")
        ->group(group);
}

/// `--timeline`: a file in one of the formats of `juggle::Timeline::write`.
inline void add_timeline(CLI::App& app, std::string& file, const std::string& help,
                         const std::string& group = "Options") {
    const auto read = [&file](const std::string& name) {
        const std::filesystem::path extension = std::filesystem::path{name}.extension();
        if (extension != ".svg" && extension != ".html" && extension != ".json") {
            refuse("--timeline", name, "a file name that ends in .svg, .html or .json");
        }
        file = name;
    };
    app.add_option_function<std::string>("--timeline", read, help)->type_name("FILE")->group(group);
}

/// CLI11's own layout with the default where a reader looks for it: behind the description.
class HelpFormatter : public CLI::Formatter {
public:
    explicit HelpFormatter(std::size_t width_of_options) { column_width(width_of_options); }

    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return type.empty() ? "" : ' ' + type;
    }
    std::string make_option_desc(const CLI::Option* option) const override {
        const std::string value = option->get_default_str();
        return option->get_description() + (value.empty() ? "" : " [" + value + ']');
    }
};

/// False: the user asked for help, and got it. Throws Error for what the user has to put right.
[[nodiscard]] inline bool parse(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help() << std::flush;
        return false;
    } catch (const CLI::ParseError& error) {
        throw Error(error.what());
    }
    return true;
}

}  // namespace common
