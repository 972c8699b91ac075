#include "nvrtc_simulation/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

namespace layer::nvrtc {

namespace {

/// What is behind one of these names, as "--name=value", "-nvalue", or with the value as an option
/// of its own.
class Reader {
public:
    Reader(int count, const char* const* options) : options_(options, options + count) {}

    [[nodiscard]] bool has_more() const { return place_ < options_.size(); }
    [[nodiscard]] const std::string& current() const { return options_[place_]; }
    void skip() { ++place_; }

    std::optional<std::string> value(std::string_view name, std::string_view letter) {
        const std::string& option = current();
        for (const std::string_view one : {name, letter}) {
            if (one.empty() || !option.starts_with(one)) {
                continue;
            }
            if (option.size() == one.size()) {
                if (place_ + 1 == options_.size()) {
                    return std::nullopt;
                }
                place_ += 2;
                return options_[place_ - 1];
            }
            const bool is_letter = one.size() == 2;
            if (option[one.size()] == '=' || is_letter) {
                std::string text = option.substr(one.size() + (is_letter ? 0 : 1));
                skip();
                return text;
            }
        }
        return std::nullopt;
    }

    bool flag(std::initializer_list<std::string_view> names) {
        if (std::ranges::find(names, current()) == names.end()) {
            return false;
        }
        skip();
        return true;
    }

private:
    std::vector<std::string> options_;
    std::size_t place_ = 0;
};

bool read_architecture(Options& into, const std::string& text) {
    const bool is_virtual = text.starts_with("compute_");
    if (!is_virtual && !text.starts_with("sm_")) {
        return false;
    }
    const std::string number = text.substr(text.find('_') + 1);
    int value = 0;
    (void)std::from_chars(number.data(), number.data() + number.size(), value);
    if (std::ranges::find(architectures(), value) == architectures().end()) {
        return false;
    }
    into.architecture = std::to_string(value);
    into.is_virtual = is_virtual;
    return true;
}

bool read_standard(Options& into, const std::string& text) {
    constexpr auto known = std::to_array<std::string_view>({"c++11", "c++14", "c++17", "c++20"});
    into.standard = "-std=" + text;
    return std::ranges::find(known, text) != known.end();
}

bool read_contraction(Options& into, const std::string& text) {
    into.contraction = text == "false" ? "-ffp-contract=off" : "-ffp-contract=fast";
    return text == "true" || text == "false";
}

/// The compiler runs elsewhere.
std::optional<std::string> absolute(const std::optional<std::string>& path) {
    return path ? std::optional{std::filesystem::absolute(*path).string()} : std::nullopt;
}

/// False: no such option, or no such value.
bool read_one(Reader& reader, Options& into) {
    const auto pass = [&](const char* letter, const std::optional<std::string>& value) {
        if (value) {
            into.preprocessor.emplace_back(letter);
            into.preprocessor.push_back(*value);
        }
        return value.has_value();
    };
    if (pass("-D", reader.value("--define-macro", "-D")) ||
        pass("-U", reader.value("--undefine-macro", "-U")) ||
        pass("-I", absolute(reader.value("--include-path", "-I"))) ||
        pass("-include", absolute(reader.value("--pre-include", "-include")))) {
        return true;
    }
    if (const auto value = reader.value("--gpu-architecture", "-arch")) {
        return read_architecture(into, *value);
    }
    if (const auto value = reader.value("--std", "-std")) {
        return read_standard(into, *value);
    }
    if (const auto value = reader.value("--fmad", "-fmad")) {
        return read_contraction(into, *value);
    }
    // What makes no difference here.
    return reader.flag({"--device-as-default-execution-space", "-default-device",
                        "--generate-line-info", "-lineinfo", "--device-debug", "-G", "--restrict",
                        "-restrict", "--disable-warnings", "-w", "--ftz=false", "-ftz=false",
                        "--prec-div=true", "-prec-div=true", "--prec-sqrt=true",
                        "-prec-sqrt=true"});
}

}  // namespace

const std::vector<int>& architectures() {
    static const auto& all =
        *new std::vector<int>{75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};
    return all;
}

Options parse_options(int count, const char* const* options) {
    Options result;
    Reader reader{count, options};
    while (reader.has_more()) {
        const std::string option = reader.current();
        if (!read_one(reader, result)) {
            result.refusal =
                "nvrtc: error: invalid value for option, or none that the simulation has: '" +
                option + "'\n";
            return result;
        }
    }
    if (result.architecture.empty()) {
        result.architecture = std::to_string(architectures().front());
    }
    return result;
}

}  // namespace layer::nvrtc
