#pragma once

#include "common/backend.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace common {

/// An option that takes a value.
struct Option {
    std::string names;  ///< "-i,--input"
    std::string value;  ///< what the help calls the value: "FILE"
    std::string help;
    std::string wanted = {};  ///< what a value has to be: "a power of two"
    std::function<bool(const std::string&)> read = {};  ///< false: it is not what is wanted
    std::string initial = {};  ///< the default as the help shows it; empty: not shown
};

/// What a program understands of its command line: options are added, then `parse` reads their
/// values into the program's variables, which hold the defaults until then and outlive this.
class CommandLine {
public:
    /// In the help descriptions begin at column `indent`.
    CommandLine(const std::string& program, const std::string& description, std::size_t indent);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// The heading in the help of the options that are added from now on.
    void begin_group(const std::string& heading);

    void add(const Option& option);
    /// One that takes several values, separated by commas, and reads one after the other.
    void add_list(const Option& option);
    /// One that may be given several times, and reads one value after the other.
    void add_repeated(const Option& option);
    void add_text(Option option, std::string& into);
    void add_flag(const std::string& names, bool& into, const std::string& help);
    /// A number from `least` to `most`.
    void add_number(const std::string& names, double& into, double least, double most,
                    const std::string& help);
    /// A whole number from `least` to `most`.
    template <std::unsigned_integral Number>
    void add_count(const std::string& names, Number& into, std::type_identity_t<Number> least,
                   std::type_identity_t<Number> most, const std::string& help) {
        const auto store = [&into](std::uint64_t count) { into = static_cast<Number>(count); };
        add_count_from(names, into, least, most, help, store);
    }
    /// A power of two from `least` to `most`.
    void add_power_of_two(const std::string& names, std::size_t& into, std::size_t least,
                          std::size_t most, const std::string& help);
    /// `--platform` and `--device`, as `find_device` takes them.
    void add_device_choice(std::string& platform, std::string& device);
    /// The same for a program that runs on OpenCL and CUDA, with `--backend`.
    void add_gpu_choice(Backend& backend, std::string& platform, std::string& device);
    /// `--timeline`: a file in one of the formats of `juggle::Timeline::write`.
    void add_timeline(std::string& file, const std::string& help);

    /// Who gives one of these options may not give the other.
    void exclude(const std::string& name, const std::string& other);

    /// False: the user asked for help, and got it. Throws Error for what the user has to put right.
    [[nodiscard]] bool parse(int argc, const char* const* argv);

    [[nodiscard]] bool was_given(const std::string& name) const;

private:
    class Parser;

    void add_count_from(const std::string& names, std::uint64_t initial, std::uint64_t least,
                        std::uint64_t most, const std::string& help,
                        std::function<void(std::uint64_t)> store);

    std::unique_ptr<Parser> parser_;
};

/// All of `text` as a number, in decimal: "010" is ten; "1 " is none, and "-1" is not a count.
[[nodiscard]] std::optional<double> number_from(const std::string& text);
[[nodiscard]] std::optional<std::uint64_t> count_from(const std::string& text);

/// The number with up to six significant digits.
[[nodiscard]] std::string shown(double number);

}  // namespace common
