#include "common/command_line.hpp"

#include "common/error.hpp"
#include "common/text_stream.hpp"

#include <CLI/CLI.hpp>

#include <bit>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace common {
namespace {

/// CLI11's own layout with the default where a reader looks for it: behind the description.
class HelpFormatter : public CLI::Formatter {
public:
    explicit HelpFormatter(std::size_t indent) { column_width(indent); }

    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return type.empty() ? "" : ' ' + type;
    }
    std::string make_option_desc(const CLI::Option* option) const override {
        const std::string value = option->get_default_str();
        return option->get_description() + (value.empty() ? "" : " [" + value + ']');
    }
};

/// CLI11's own conversion takes "010" as octal and "-1" as a huge unsigned number.
template <class Number>
std::optional<Number> all_of(const std::string& text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return number;
}

void take(const Option& option, const std::string& text) {
    if (!option.read(text)) {
        throw Error(option.names + ": '" + text + "' is not " + option.wanted);
    }
}

std::function<void(const std::vector<std::string>&)> take_each(const Option& option) {
    return [option](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            take(option, text);
        }
    };
}

}  // namespace

class CommandLine::Parser : public CLI::App {
public:
    using App::App;

    /// `Values`: std::string, or a vector of them.
    template <class Values>
    CLI::Option* add(const Option& option, const std::function<void(const Values&)>& store) {
        return note(option.names, add_option_function<Values>(option.names, store, option.help)
                                      ->type_name(option.value)
                                      ->default_str(option.initial));
    }

    CLI::Option* note(const std::string& names, CLI::Option* option) {
        added_.emplace_back(',' + names + ',', option);
        return option;
    }

    /// CLI11's own look-up ends the program where it finds no memory.
    [[nodiscard]] CLI::Option* find(const std::string& name) const {
        const std::string whole = ',' + name + ',';
        for (const auto& [names, option] : added_) {
            if (names.find(whole) != std::string::npos) {
                return option;
            }
        }
        throw std::logic_error("no option " + name);
    }

private:
    std::vector<std::pair<std::string, CLI::Option*>> added_;
};

CommandLine::CommandLine(const std::string& program, const std::string& description,
                         std::size_t indent)
    : parser_{std::make_unique<Parser>(description, program)} {
    parser_->formatter(std::make_shared<HelpFormatter>(indent));
}

CommandLine::~CommandLine() = default;

void CommandLine::begin_group(const std::string& heading) {
    parser_->option_defaults()->group(heading);
}

void CommandLine::add(const Option& option) {
    parser_->add<std::string>(option, [option](const std::string& text) { take(option, text); });
}

void CommandLine::add_list(const Option& option) {
    parser_->add<std::vector<std::string>>(option, take_each(option))->delimiter(',');
}

void CommandLine::add_repeated(const Option& option) {
    parser_->add<std::vector<std::string>>(option, take_each(option));
}

void CommandLine::add_text(Option option, std::string& into) {
    option.read = [&into](const std::string& text) {
        into = text;
        return true;
    };
    add(option);
}

void CommandLine::add_flag(const std::string& names, bool& into, const std::string& help) {
    parser_->note(names, parser_->add_flag(names, into, help));
}

void CommandLine::add_number(const std::string& names, double& into, double least, double most,
                             const std::string& help) {
    const auto read = [&into, least, most](const std::string& text) {
        const auto number = number_from(text);
        if (!number || !(*number >= least && *number <= most)) {
            return false;
        }
        into = *number;
        return true;
    };
    add({.names = names,
         .value = "X",
         .help = help,
         .wanted = "a number from " + shown(least) + " to " + shown(most),
         .read = read,
         .initial = shown(into)});
}

void CommandLine::add_power_of_two(const std::string& names, std::size_t& into, std::size_t least,
                                   std::size_t most, const std::string& help) {
    const auto read = [&into, least, most](const std::string& text) {
        const auto count = count_from(text);
        if (!count || *count < least || *count > most || !std::has_single_bit(*count)) {
            return false;
        }
        into = static_cast<std::size_t>(*count);
        return true;
    };
    add({.names = names,
         .value = "N",
         .help = help,
         .wanted = "a power of two from " + std::to_string(least) + " to " + std::to_string(most),
         .read = read,
         .initial = std::to_string(into)});
}

void CommandLine::add_count_from(const std::string& names, std::uint64_t initial,
                                 std::uint64_t least, std::uint64_t most, const std::string& help,
                                 std::function<void(std::uint64_t)> store) {
    const auto read = [least, most, store = std::move(store)](const std::string& text) {
        const auto count = count_from(text);
        if (!count || *count < least || *count > most) {
            return false;
        }
        store(*count);
        return true;
    };
    add({.names = names,
         .value = "N",
         .help = help,
         .wanted = "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
         .read = read,
         .initial = std::to_string(initial)});
}

void CommandLine::add_device_choice(std::string& platform, std::string& device) {
    add_text({.names = "--platform",
              .value = "WHICH",
              .help = "OpenCL platform: index or part of its name"},
             platform);
    add_text(
        {.names = "--device", .value = "WHICH", .help = "OpenCL device: index or part of its name"},
        device);
}

void CommandLine::add_gpu_choice(Backend& backend, std::string& platform, std::string& device) {
    const auto read = [&backend](const std::string& text) {
        const std::optional<Backend> known = backend_from(text);
        if (known) {
            backend = *known;
        }
        return known.has_value();
    };
    add({.names = "--backend",
         .value = "opencl|cuda",
         .help = "By which driver the device is used",
         .wanted = "opencl or cuda",
         .read = read,
         .initial = std::string{name_of(backend)}});
    add_text({.names = "--platform",
              .value = "WHICH",
              .help = "OpenCL platform: index or part of its name"},
             platform);
    add_text({.names = "--device", .value = "WHICH", .help = "Device: index or part of its name"},
             device);
}

void CommandLine::add_timeline(std::string& file, const std::string& help) {
    const auto read = [&file](const std::string& name) {
        file = name;
        const std::filesystem::path extension = std::filesystem::path{name}.extension();
        return extension == ".svg" || extension == ".html" || extension == ".json";
    };
    add({.names = "--timeline",
         .value = "FILE",
         .help = help,
         .wanted = "a file name that ends in .svg, .html or .json",
         .read = read});
}

void CommandLine::exclude(const std::string& name, const std::string& other) {
    parser_->find(name)->excludes(parser_->find(other));
}

bool CommandLine::parse(int argc, const char* const* argv) {
    try {
        parser_->parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << parser_->help() << std::flush;
        return false;
    } catch (const CLI::ParseError& error) {
        throw Error(error.what());
    }
    return true;
}

bool CommandLine::was_given(const std::string& name) const {
    return parser_->find(name)->count() > 0;
}

std::optional<double> number_from(const std::string& text) {
#ifdef __cpp_lib_to_chars
    return all_of<double>(text);
#else  // libc++ before version 20 reads integers alone
    std::istringstream stream{text};
    stream.imbue(std::locale::classic());
    double number = 0;
    const bool good = !text.starts_with('+') && stream >> std::noskipws >> number &&
                      stream.peek() == std::istringstream::traits_type::eof();
    return good ? std::optional{number} : std::nullopt;
#endif
}

std::optional<std::uint64_t> count_from(const std::string& text) {
    return all_of<std::uint64_t>(text);
}

std::string shown(double number) {
    std::ostringstream text = text_stream();
    text << number;
    return text.str();
}

}  // namespace common
