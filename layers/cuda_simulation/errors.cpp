#include "cuda_simulation/errors.hpp"

#include "common/rules.hpp"
#include "cuda_simulation/error_list.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace layer::cuda {

namespace {

struct Error {
    int number;
    const char* name;
};

#define ERROR(number, name) Error{number, #name},
constexpr auto errors = std::to_array<Error>({{0, "CUDA_SUCCESS"}, JUGGLE_CUDA_ERRORS(ERROR)});
#undef ERROR

/// CUDA_ERROR_OUT_OF_MEMORY: "out of memory".
std::string words_of(std::string_view name) {
    constexpr std::string_view prefix = "CUDA_ERROR_";
    if (!name.starts_with(prefix)) {
        return "no error";
    }
    std::string words;
    for (const char letter : name.substr(prefix.size())) {
        const bool is_capital = letter >= 'A' && letter <= 'Z';
        words.push_back(
            letter == '_' ? ' ' : static_cast<char>(is_capital ? letter - 'A' + 'a' : letter));
    }
    return words;
}

const Error* find(CUresult error) noexcept {
    const auto* found = std::ranges::find(errors, static_cast<int>(error), &Error::number);
    return found == errors.end() ? nullptr : found;
}

}  // namespace

const char* error_name(CUresult error) noexcept {
    const Error* const found = find(error);
    return found == nullptr ? nullptr : found->name;
}

const char* error_text(CUresult error) {
    static const auto& texts = *[] {
        auto* all = new std::array<std::string, errors.size()>;  // for calls while the program ends
        std::ranges::transform(errors, all->begin(),
                               [](const Error& one) { return words_of(one.name); });
        return all;
    }();
    const Error* const found = find(error);
    return found == nullptr ? nullptr
                            : texts[static_cast<std::size_t>(found - errors.data())].c_str();
}

std::optional<CUresult> parse_error(std::string_view text) {
    if (const auto value = number<int>(text)) {
        return *value > 0 && *value <= 999 ? std::optional{static_cast<CUresult>(*value)}
                                           : std::nullopt;
    }
    const auto* found = std::ranges::find(errors, text, &Error::name);
    if (found == errors.end() || found->number == 0) {
        return std::nullopt;
    }
    return static_cast<CUresult>(found->number);
}

}  // namespace layer::cuda
