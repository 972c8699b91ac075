// A job queue against a model of it, by random steps: see support/random_programs.hpp.

#include "combine/job_queue_model/machine.hpp"
#include "combine/job_queue_model/step.hpp"
#include "support/random_programs.hpp"
#include "support/test_executor.hpp"

#include <string>

namespace {

std::string run(const job_queue_model::Steps& steps) {
    support::TestExecutor test;
    job_queue_model::Machine machine{test};
    test.executor.run(machine.run(steps));
    if (machine.failure().empty()) {
        machine.check_end();
    }
    return machine.failure();
}

}  // namespace

int main(int argc, char* argv[]) {
    const support::RandomPrograms<job_queue_model::Step> programs{
        .name = "job_queue_model",
        .steps_each = 60,
        .share = 10'000,
        .whole = 500'000,
        .random = &job_queue_model::random_steps,
        .read = &job_queue_model::read_steps,
        .run = &run,
    };
    return programs.main(argc, argv);
}
