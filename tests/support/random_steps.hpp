// Steps of a random program: an operation and a few numbers, in a form that can be printed and
// read.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

template <class Operation>
struct StepKind {
    Operation operation;
    std::string_view name;
    unsigned weight;  // how often it comes, in relation to the others
};

/// `random` gives numbers of 64 bits. The last of the kinds must have a weight.
template <class Operation, std::size_t Count, class Random>
[[nodiscard]] Operation random_operation(const std::array<StepKind<Operation>, Count>& kinds,
                                         Random& random) {
    std::uint64_t total = 0;
    for (const auto& kind : kinds) {
        total += kind.weight;
    }
    std::uint64_t point = random() % total;
    for (const auto& kind : kinds) {
        if (point < kind.weight) {
            return kind.operation;
        }
        point -= kind.weight;
    }
    return kinds.back().operation;
}

template <class Operation, std::size_t Count>
[[nodiscard]] std::string_view name_of(const std::array<StepKind<Operation>, Count>& kinds,
                                       Operation operation) {
    return std::ranges::find(kinds, operation, &StepKind<Operation>::operation)->name;
}

/// A step a line: the name of the operation, then numbers below these bounds, of which `make` makes
/// a step. `std::invalid_argument` if a line is no step.
template <class Operation, std::size_t Count, std::size_t Numbers, class Make>
[[nodiscard]] auto read_steps(std::istream& stream,
                              const std::array<StepKind<Operation>, Count>& kinds,
                              const std::array<std::size_t, Numbers>& bounds, Make make) {
    std::vector<decltype(make(Operation{}, std::array<std::uint8_t, Numbers>{}))> steps;
    for (std::string line; std::getline(stream, line);) {
        std::istringstream words{line};
        std::string name;
        if (!(words >> name)) {
            continue;
        }
        const auto kind = std::ranges::find(kinds, name, &StepKind<Operation>::name);
        std::array<std::uint8_t, Numbers> numbers{};
        bool good = kind != kinds.end();
        for (std::size_t index = 0; index < Numbers; ++index) {
            unsigned number = 0;
            good = good && words >> number && number < bounds[index];
            numbers[index] = static_cast<std::uint8_t>(number);
        }
        if (!good) {
            throw std::invalid_argument{"not a step: " + line};
        }
        steps.push_back(make(kind->operation, numbers));
    }
    return steps;
}

}  // namespace support
