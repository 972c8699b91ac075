#include "mpi_faults/rules.hpp"

#include "mpi_faults/calls.hpp"
#include "mpi_faults/mpi.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace layer::mpi {

namespace {

#define NAME(call, object, parameters, arguments) std::string_view{#call},
constexpr auto names = std::to_array({JUGGLE_MPI_CALLS(NAME)});
constexpr auto completions = std::to_array({JUGGLE_MPI_COMPLETIONS(NAME)});
#undef NAME

struct ErrorClass {
    std::string_view name;
    int value;
};

#define CLASS(name) \
    ErrorClass { #name, name }
constexpr auto classes = std::to_array({
    CLASS(MPI_ERR_BUFFER),       CLASS(MPI_ERR_COUNT),    CLASS(MPI_ERR_TYPE),
    CLASS(MPI_ERR_TAG),          CLASS(MPI_ERR_COMM),     CLASS(MPI_ERR_RANK),
    CLASS(MPI_ERR_REQUEST),      CLASS(MPI_ERR_ROOT),     CLASS(MPI_ERR_GROUP),
    CLASS(MPI_ERR_OP),           CLASS(MPI_ERR_TOPOLOGY), CLASS(MPI_ERR_DIMS),
    CLASS(MPI_ERR_ARG),          CLASS(MPI_ERR_UNKNOWN),  CLASS(MPI_ERR_TRUNCATE),
    CLASS(MPI_ERR_OTHER),        CLASS(MPI_ERR_INTERN),   CLASS(MPI_ERR_NO_MEM),
    CLASS(MPI_ERR_IO),           CLASS(MPI_ERR_NO_SPACE), CLASS(MPI_ERR_QUOTA),
    CLASS(MPI_ERR_FILE),         CLASS(MPI_ERR_WIN),      CLASS(MPI_ERR_RMA_SYNC),
    CLASS(MPI_ERR_RMA_CONFLICT),
});
#undef CLASS

std::optional<int> error_class(std::string_view text) {
    const auto* const found = std::ranges::find(classes, text, &ErrorClass::name);
    if (found != classes.end()) {
        return found->value;
    }
    const std::optional<int> value = number<int>(text);
    return value && *value > 0 ? value : std::nullopt;
}

bool is_about_completions_alone(std::string_view pattern) {
    return std::ranges::all_of(
        names, [=](std::string_view call) { return !is_about(pattern, call) || completes(call); });
}

void parse_action(Rule& rule, std::string_view whole, std::string_view text) {
    const auto [word, value] = parse_action_text(text);
    if (word == "kill" && !value) {
        rule.action = Action::kill;
        return;
    }
    const bool refuses = word == "refuse" && value;
    const std::optional<int> status = error_class(refuses ? *value : word);
    if (!status || (value && !refuses)) {
        refuse(whole, text,
               " is neither an error class (MPI_ERR_OTHER, or a positive number) nor one of "
               "refuse:<class>, kill");
    }
    if (refuses && !is_about_completions_alone(rule.pattern)) {
        refuse(whole, word, " is for MPI_Test* and MPI_Wait* alone");
    }
    rule.action = refuses ? Action::refuse : Action::fail;
    rule.status = *status;
}

}  // namespace

bool completes(std::string_view call) noexcept {
    return std::ranges::find(completions, call) != completions.end();
}

bool is_call(std::string_view pattern) noexcept {
    return std::ranges::any_of(names,
                               [=](std::string_view call) { return is_about(pattern, call); });
}

std::vector<Rule> parse_rules(std::string_view text) {
    return layer::parse_rules(text, "MPI", &is_call, &parse_action);
}

}  // namespace layer::mpi
