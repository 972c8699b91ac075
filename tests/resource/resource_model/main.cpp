// A resource against a model of it, by random steps: see support/random_programs.hpp.

#include "resource/resource_model/machine.hpp"
#include "resource/resource_model/manual_kind.hpp"
#include "resource/resource_model/step.hpp"
#include "support/random_programs.hpp"
#include "support/test_executor.hpp"

#include <string>

namespace {

std::string run(const resource_model::Steps& steps) {
    support::TestExecutor test;
    resource_model::ManualKind kind;
    resource_model::Machine<resource_model::ManualKind> machine{kind, test.reports};
    test.executor.run(machine.run(steps));
    return machine.failure();
}

}  // namespace

int main(int argc, char* argv[]) {
    const support::RandomPrograms<resource_model::Step> programs{
        .name = "resource_model",
        .steps_each = 400,
        .share = 1'000,
        .whole = 40'000,
        .random = &resource_model::random_steps,
        .read = &resource_model::read_steps,
        .run = &run,
    };
    return programs.main(argc, argv);
}
