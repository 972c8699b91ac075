// A resource against a model of it, by random steps, with the events of a driver.

#include "resource/resource_model/machine.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/shrink.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>
#include <juggle/sleep.hpp>

#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>

namespace {

using resource_model::Status;
using resource_model::Steps;

/// User events; this thread, which is also the one that waits, completes them and lets them fail.
class UserEvents {
public:
    using Event = cl::Event;
    using EventError = juggle::opencl::Error;

    static constexpr bool host_waits_end = false;  // nobody else would complete them
    static constexpr bool has_queue = false;       // nothing depends on one that fails

    explicit UserEvents(const support::Device& device) : device_{device} {}

    Event make_event() { return device_.gate(); }
    void settle(const Event& event, Status status) {
        support::check_cl(
            clSetUserEventStatus(event(), status == Status::failed ? -7 : CL_COMPLETE),
            "clSetUserEventStatus");
    }
    static Status status(const Event& event) {
        const cl_int status = support::status_of(event);
        return status > 0 ? Status::pending : (status == 0 ? Status::complete : Status::failed);
    }
    static bool same(const Event& a, const Event& b) { return a() == b(); }
    static long references(const Event& event) {
        return static_cast<long>(support::references(event));
    }

    /// What is waited for comes by itself: this is how long it may take.
    static constexpr int max_pauses = 50'000;
    static juggle::detail::SleepAwaiter pause() {
        return juggle::sleep_for(std::chrono::microseconds{100});
    }

private:
    const support::Device& device_;
};

std::string run(const support::Device& device, const Steps& steps) {
    UserEvents kind{device};
    support::Reports reports;
    resource_model::Machine<UserEvents> machine{kind, reports};
    juggle::Executor executor{reports.options()};
    executor.run(machine.run(steps));
    return machine.failure();
}

std::string print(const Steps& steps) {
    std::ostringstream text;
    for (const auto& step : steps) {
        text << step << '\n';
    }
    return text.str();
}

}  // namespace

TEST_CASE("random steps with the events of a driver do what the model does") {
    const support::Device device;
    const auto seeds = static_cast<std::uint64_t>(support::rounds(40, 2'000));
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Steps steps = resource_model::random_steps(seed, 200);
        const std::string failure = run(device, steps);
        if (!failure.empty()) {
            const auto fails = [&](const Steps& fewer) { return !run(device, fewer).empty(); };
            FAIL("seed " << seed << ": " << failure << "\nas few steps as still fail:\n"
                         << print(support::shrink(steps, fails)));
        }
        support::cases += static_cast<long>(steps.size());
    }
}
