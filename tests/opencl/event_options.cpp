#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/event_options.hpp>

#include <chrono>
#include <stdexcept>

namespace jcl = juggle::opencl;
using namespace std::chrono_literals;

TEST_CASE("event options that make no sense are refused by name") {
    juggle::Executor executor;
    CHECK_THROWS_WITH(jcl::set_event_options(executor, {.first_sweep = 0ns}),
                      Catch::Contains("first_sweep is 0"));
    CHECK_THROWS_WITH(jcl::set_event_options(executor, {.longest_sweep = -1ns}),
                      Catch::Contains("longest_sweep is -1"));
    CHECK_THROWS_WITH(jcl::set_event_options(executor, {.drain = -1ns}),
                      Catch::Contains("drain is -1"));
    CHECK_NOTHROW(jcl::set_event_options(executor, {.drain = 0ns}));
}

TEST_CASE("an executor that ends lets go of events that do not settle, and says so") {
    const support::Device device;
    const cl::UserEvent gate = device.gate();
    support::Reports reports;
    {
        juggle::Executor executor{reports.options()};
        jcl::set_event_options(executor, {.drain = 0ns});
        executor.spawn(support::await_event(gate)).detach();
        (void)executor.run([]() -> juggle::Task<int> { co_return 0; }());
        CHECK(support::references(gate) > 1);
    }
    CHECK(support::references(gate) == 1);
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(support::contains(reports.diagnostics.front(), "still running"));

    SECTION("a callback that comes afterwards finds nobody, and does no harm") {
        CHECK(cl::UserEvent{gate}.setStatus(CL_COMPLETE) == CL_SUCCESS);
    }
}

TEST_CASE("an executor that ends gives events that were abandoned the time to settle") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const cl::Event last = jcl::marker(queue);
    support::Reports reports;
    {
        juggle::Executor executor{reports.options()};
        executor.spawn(support::await_event(last)).detach();
        (void)executor.run([]() -> juggle::Task<int> { co_return 0; }());
    }
    CHECK(reports.empty());
    CHECK(support::status_of(last) == CL_COMPLETE);
}
