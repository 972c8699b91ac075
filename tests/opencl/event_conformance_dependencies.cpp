// Commands that depend on each other at random, each awaited three times. After
// test_conformance/events (test_callbacks) of OpenCL-CTS.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/opencl_waits.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace jcl = juggle::opencl;
using support::CommandKind;
using support::Way;

namespace {

constexpr int max_commands = 18;
constexpr int awaits_a_command = 3;

/// One program of random commands, and what its awaits have seen.
class RandomProgram {
public:
    RandomProgram(support::Device& device, const support::Commands& commands, unsigned seed)
        : device_{device}, random_{seed}, kinds_{commands.kinds()} {
        const cl_command_queue_properties properties =
            pick(0, 1) == 0 ? 0 : CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
        in_order_ = properties == 0;
        for (int queue = pick(1, 2); queue > 0; --queue) {
            queues_.push_back(device.queue(properties));
        }
        for (int gate = pick(1, 3); gate > 0; --gate) {
            gates_.push_back(device.gate());
        }
        for (int command = pick(1, max_commands); command > 0; --command) {
            enqueue(commands);
        }
    }

    juggle::Task<> run(juggle::Executor& executor) {
        std::vector<juggle::JoinHandle<>> waiting;
        for (std::size_t command = 0; command < steps_.size(); ++command) {
            for (int time = 0; time < awaits_a_command; ++time) {
                waiting.push_back(
                    executor.spawn(wait_for(command, Way(pick(0, support::ways - 1)))));
            }
        }
        std::ranges::shuffle(waiting, random_);
        std::ranges::shuffle(gates_, random_);
        std::vector<std::jthread> openers;
        for (cl::UserEvent& gate : gates_) {
            co_await support::a_few_turns();
            if (pick(0, 1) == 0) {
                gate.setStatus(CL_COMPLETE);
            } else {
                openers.emplace_back([gate]() mutable { gate.setStatus(CL_COMPLETE); });
            }
        }
        for (const auto& handle : waiting) {
            co_await handle;
        }
        for (const Step& step : steps_) {
            CHECK(step.resumed == awaits_a_command);
            CHECK(step.command->took_effect());
        }
        CHECK(too_early_ == 0);
    }

private:
    struct Step {
        std::unique_ptr<support::Command> command;
        cl::Event event;
        std::vector<cl::Event> after;
        cl::CommandQueue queue;
        int resumed = 0;
    };

    int pick(int least, int most) {
        return std::uniform_int_distribution<int>{least, most}(random_);
    }

    void enqueue(const support::Commands& commands) {
        Step step;
        std::vector<cl::Event> earlier{gates_.begin(), gates_.end()};
        for (const Step& other : steps_) {
            earlier.push_back(other.event);
        }
        std::ranges::sample(earlier, std::back_inserter(step.after), pick(0, 3), random_);
        step.queue = queues_[static_cast<std::size_t>(pick(1, int(queues_.size())) - 1)];
        step.command =
            commands.make(kinds_[static_cast<std::size_t>(pick(1, int(kinds_.size())) - 1)]);
        step.event = step.command->enqueue(step.queue, step.after);
        // Another queue's commands may wait for this one, and nobody awaits it for them.
        step.queue.flush();
        if (in_order_) {
            for (const Step& other : steps_) {
                if (other.queue() == step.queue()) {
                    step.after.push_back(other.event);
                }
            }
        }
        steps_.push_back(std::move(step));
    }

    juggle::Task<> wait_for(std::size_t command, Way way) {
        Step& step = steps_[command];
        co_await support::wait_by(way, step.event, step.queue, device_.queue());
        ++step.resumed;
        const auto has_ended = [](const cl::Event& event) {
            return support::status_of(event) == CL_COMPLETE;
        };
        if (!has_ended(step.event) || !std::ranges::all_of(step.after, has_ended)) {
            ++too_early_;
        }
    }

    support::Device& device_;
    std::mt19937 random_;
    std::vector<CommandKind> kinds_;
    bool in_order_ = false;
    std::vector<cl::CommandQueue> queues_;
    std::vector<cl::UserEvent> gates_;
    std::vector<Step> steps_;
    int too_early_ = 0;
};

}  // namespace

DEVICE_TEST_CASE("of commands that depend on each other at random, every await ends once, in time",
                 "[conformance]") {
    const support::Commands commands{device};
    const auto last_seed = static_cast<unsigned>(support::rounds(40, 3000));
    for (unsigned seed = 1; seed <= last_seed; ++seed) {
        INFO("seed " << seed);
        RandomProgram program{device, commands, seed};
        co_await program.run(executor);
        ++support::cases;
    }
}
