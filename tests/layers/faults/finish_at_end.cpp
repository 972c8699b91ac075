// What becomes of memory that the driver does not let go.

#include "fault_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/process.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <memory>
#include <string>
#include <vector>

namespace jcl = juggle::opencl;
using support::Faults;

namespace {

/// Says whether it has been destroyed; what it was is elsewhere, if it was moved away.
struct Watched {
    explicit Watched(bool& gone) : owner{&gone, [](bool* told) { *told = true; }} {}
    std::shared_ptr<bool> owner;
};

const std::string refused =
    "juggle: FinishAtEnd: clFinish failed with CL_OUT_OF_RESOURCES (-5): nobody knows whether all "
    "commands have ended; named memory is never freed";

}  // namespace

TEST_CASE("FinishAtEnd asks a driver again that refuses for a while") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const Faults faults{"clFinish#1=-5; clFinish#2=-5; clFinish#3=-5"};
    bool gone = false;
    {
        Watched memory{gone};
        const jcl::FinishAtEnd commands_end{queue, memory};
    }
    CHECK(gone);
    CHECK(faults.injected() == 3);
    CHECK(faults.calls("clFinish") == 4);
}

DEVICE_TEST_CASE("FinishAtEnd never frees memory that the driver does not let go, and says so") {
    const cl::CommandQueue queue = device.queue();
    static bool gone = false;  // the memory refers to it to the end of the process
    static bool other_gone = false;
    std::vector<std::string> told;
    juggle::Executor inner{
        {.on_diagnostic = [&](std::string_view line) { told.emplace_back(line); }}};
    {
        const Faults faults{"clFinish=-5"};
        const auto task = [&]() -> juggle::Task<> {
            Watched memory{gone};
            Watched other_memory{other_gone};
            const jcl::FinishAtEnd commands_end{queue, memory, other_memory};
            co_return;
        };
        inner.run(task());
        CHECK(faults.injected() == 100);
    }
    CHECK_FALSE(gone);
    CHECK_FALSE(other_gone);
    CHECK(told == std::vector<std::string>{refused});
    co_return;
}

TEST_CASE("FinishAtEnd says so to standard error outside of an executor") {
    if (!support::can_fork_beside_threads) {
        return;
    }
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const Faults faults{"clFinish=-5"};
    const support::ProcessEnd end =
        support::run_in_child([&] { const jcl::FinishAtEnd commands_end{queue}; });
    CHECK(end.status == 0);
    CHECK(end.errors == refused + "\n");
}
