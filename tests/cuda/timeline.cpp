// What a timeline shows of CUDA's streams.

#include "support/allocation_counter.hpp"
#include "support/cuda_device.hpp"
#include "support/recorded.hpp"

#include <juggle/manual_clock.hpp>
#include <juggle/timeline.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jcu = juggle::cuda;
using juggle::Timeline;
using juggle::TimelineLaneKind;
using juggle::detail::TimelineBar;
using juggle::detail::TimelineData;
using juggle::detail::TimelineLane;
using support::check_cu;
using support::data_of;
using support::find_lane;
using support::lane;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// The simulated device's time is that of the host's steady clock, or what this says.
class DeviceTime {
public:
    DeviceTime() { set(0); }
    DeviceTime(const DeviceTime&) = delete;
    DeviceTime& operator=(const DeviceTime&) = delete;
    ~DeviceTime() { juggle_cuda_simulation_set_time(-1); }

    /// Milliseconds from when it was made.
    void set(double milliseconds) const { juggle_cuda_simulation_set_time(start_ + milliseconds); }

private:
    static double host_time() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration<double, std::milli>{now}.count();
    }

    double start_ = host_time();
};

void synchronize(CUstream stream) { check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize"); }

/// Something that the device was given, from and to a time of its own.
void show_work(Timeline& timeline, CUstream stream, const DeviceTime& time, double begin,
               double end, const char* what, const char* lane = "") {
    time.set(begin);
    {
        const jcu::Shown shown{&timeline, stream, what, lane};
        synchronize(stream);
        time.set(end);
    }
    synchronize(stream);
}

/// Lets the timeline learn how far the device's clock is from the host's: by markers, that are
/// looked at when the timeline is.
void compare_clocks(Timeline& timeline, CUstream stream) {
    { const jcu::Shown shown{&timeline, stream, "first", "clocks"}; }
    synchronize(stream);
    (void)data_of(timeline);
}

/// Exact but for the float in which CUDA tells how far two events are apart.
bool is_exact(std::int64_t one, std::int64_t other) { return std::abs(one - other) <= 2'000; }

/// Work that is shown in each way.
juggle::Task<> show_all(CUstream stream, jcu::Resource<int>& resource, Timeline& timeline) {
    auto ticket = resource.acquire();
    const jcu::Event first = co_await jcu::enqueue(stream, ticket, [] {});
    co_await jcu::enqueue(stream, ticket,
                          [&] { const jcu::Shown shown{&timeline, stream, "fold"}; });
    const jcu::Event last = jcu::record(stream);
    ticket.ready(last);
    co_await first;
    co_await last;
    (void)data_of(timeline);
}

/// What comes of it, when one allocation fails if that is not zero.
std::exception_ptr exception_of_showing(CUstream stream, std::uint64_t failing_allocation = 0) {
    support::Reports reports;
    Timeline timeline;
    jcu::Resource<int> resource{0};
    juggle::ExecutorOptions options = reports.options();
    options.observer = &timeline;
    juggle::Executor executor{options};
    std::exception_ptr error;
    {
        const support::DriverAllocations go_well;
        std::optional<support::FailingAllocations> failing;
        if (failing_allocation != 0) {
            failing.emplace(failing_allocation, support::FailingAllocations::Which::one);
        }
        error = support::exception_by([&] { executor.run(show_all(stream, resource, timeline)); });
    }
    CHECK(resource.idle());
    resource.clear_poison();
    return error;
}

}  // namespace

TEST_CASE("what is shown of a stream has the device's own times") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    jcu::name_stream(timeline, stream, "compute");
    compare_clocks(timeline, stream);
    timeline.chunk(4);
    const DeviceTime time;
    show_work(timeline, stream, time, 1, 4, "fold");
    show_work(timeline, stream, time, 4.5, 4.75, "add");
    const TimelineData data = data_of(timeline);
    const TimelineLane& shown = lane(data, "compute");
    CHECK(shown.kind == TimelineLaneKind::queue);
    CHECK(shown.device_time);
    REQUIRE(shown.bars.size() == 2);
    CHECK(shown.bars[0].what == "fold");
    CHECK(shown.bars[0].chunk == 4);
    CHECK(is_exact(shown.bars[0].length(), 3 * ms));
    CHECK(shown.bars[1].what == "add");
    CHECK(is_exact(shown.bars[1].length(), ms / 4));
    CHECK(is_exact(shown.bars[1].begin - shown.bars[0].end, ms / 2));
    CHECK(data.lost == 0);
}

TEST_CASE("the device's times are brought to the host's clock") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    {
        const auto around = timeline.span("around");
        { const jcu::Shown shown{&timeline, stream, "fold", "compute"}; }
        synchronize(stream);
    }
    const TimelineData data = data_of(timeline);
    const TimelineBar& around = lane(data, "around").bars.at(0);
    const TimelineBar& bar = lane(data, "compute").bars.at(0);
    CHECK(lane(data, "compute").device_time);
    // The clocks are compared to microseconds, unless another program comes between.
    constexpr std::int64_t tolerance = 2 * ms;
    CHECK(bar.begin >= around.begin - tolerance);
    CHECK(bar.end <= around.end + tolerance);
}

TEST_CASE("work may be shown on a lane of another name than its stream's") {
    support::CudaDevice device;
    CUstream first = device.stream();
    CUstream second = device.stream();
    Timeline timeline;
    compare_clocks(timeline, first);
    const DeviceTime time;
    for (int chunk = 0; chunk < 3; ++chunk) {
        show_work(timeline, first, time, 10 * chunk, 10 * chunk + 1, "copy", "upload");
        show_work(timeline, first, time, 10 * chunk + 1, 10 * chunk + 3, "fold");
        show_work(timeline, second, time, 10 * chunk + 2, 10 * chunk + 4, "copy");
    }
    const TimelineData data = data_of(timeline);
    for (const auto& [name, what] :
         {std::pair{"upload", "copy"}, {"stream 1", "fold"}, {"stream 2", "copy"}}) {
        INFO(name);
        const TimelineLane& shown = lane(data, name);
        CHECK(shown.device_time);
        REQUIRE(shown.bars.size() == 3);
        CHECK(shown.bars[2].what == what);
    }
    for (std::size_t chunk = 0; chunk < 3; ++chunk) {
        CHECK(is_exact(lane(data, "upload").bars[chunk].end,
                       lane(data, "stream 1").bars[chunk].begin));
        CHECK(is_exact(lane(data, "stream 2").bars[chunk].begin,
                       lane(data, "stream 1").bars[chunk].begin + ms));
    }
}

TEST_CASE("events that guard a resource are shown by themselves, once") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    jcu::name_stream(timeline, stream, "upload");
    compare_clocks(timeline, device.stream());
    const DeviceTime time;
    jcu::Resource<int> first{"first", 0};
    jcu::Resource<int> second{"second", 0};
    juggle::Executor executor{{.observer = &timeline}};
    executor.run([](CUstream queue, const DeviceTime& times, jcu::Resource<int>& one,
                    jcu::Resource<int>& two) -> juggle::Task<> {
        auto mine = co_await one.acquire();
        auto other = co_await two.acquire();
        times.set(10'000);
        const jcu::Event copied = jcu::record(queue);
        mine.track(copied);
        other.track(copied);
        synchronize(queue);
        times.set(10'001);
        const jcu::Event next = jcu::record(queue);
        mine.ready(copied, next);
        other.ready();
        co_await next;
    }(stream, time, first, second));
    const TimelineData data = data_of(timeline);
    const TimelineLane& shown = lane(data, "upload");
    CHECK(shown.device_time);
    REQUIRE(shown.bars.size() == 2);
    CHECK(shown.bars[0].what == "work");
    CHECK(shown.bars[0].task == 1);
    CHECK(shown.bars[0].begin < shown.bars[0].end);  // since it was told of
    CHECK(shown.bars[1].begin == shown.bars[0].end);
    CHECK(is_exact(shown.bars[1].length(), ms));
    CHECK(data.lost == 0);
}

TEST_CASE("an event without a time is shown by the host's clock") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const jcu::Event early = jcu::record(stream);  // nobody looks
    synchronize(stream);
    Timeline timeline;
    jcu::Resource<int> resource{0};
    juggle::Executor executor{{.observer = &timeline}};
    executor.run([](jcu::Resource<int>& one, jcu::Event event) -> juggle::Task<> {
        auto mine = co_await one.acquire();
        mine.ready(event);
    }(resource, early));
    const TimelineData data = data_of(timeline);
    CHECK_FALSE(lane(data, "stream 1").device_time);
    CHECK(lane(data, "stream 1").bars.size() == 1);
}

TEST_CASE("what is enqueued through tickets is shown by itself, from its start on the device") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    CUstream other = device.stream();
    Timeline timeline;
    jcu::name_stream(timeline, stream, "compute");
    jcu::Resource<int> resource{0};
    juggle::Executor executor{{.observer = &timeline}};
    executor.run([](CUstream compute, CUstream before, Timeline& shows,
                    jcu::Resource<int>& value) -> juggle::Task<> {
        compare_clocks(shows, compute);
        const DeviceTime time;
        auto ticket = value.acquire();
        support::Gate gate{before};
        const jcu::Event done = co_await jcu::enqueue(compute, gate.event, ticket, [&] {
            time.set(10);  // what it waits for ends then
            gate.open();
            synchronize(compute);
            time.set(12);
        });
        ticket.ready();
        co_await done;
    }(stream, other, timeline, resource));
    const TimelineData data = data_of(timeline);
    const TimelineLane& shown = lane(data, "compute");
    CHECK(shown.device_time);
    REQUIRE(shown.bars.size() == 1);
    CHECK(shown.bars[0].what == "work");
    CHECK(shown.bars[0].task == 1);
    CHECK(is_exact(shown.bars[0].length(), 2 * ms));
    CHECK(data.lost == 0);
}

TEST_CASE("what a function shows by itself is shown in the place of the whole") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    jcu::Resource<int> resource{0};
    juggle::Executor executor{{.observer = &timeline}};
    executor.run(
        [](CUstream compute, Timeline& shows, jcu::Resource<int>& value) -> juggle::Task<> {
            auto ticket = value.acquire();
            co_await jcu::enqueue(compute, ticket, [&] {
                { const jcu::Shown shown{&shows, compute, "fold"}; }
                { const jcu::Shown shown{&shows, compute, "add", "adding"}; }
            });
            co_await jcu::enqueue(compute, ticket, [] {});
            { const jcu::Shown shown{&shows, compute, "copy"}; }
            ticket.ready(jcu::record(compute));
            co_await jcu::finish(compute);
        }(stream, timeline, resource));
    const TimelineData data = data_of(timeline);
    std::vector<std::string> shown;
    for (const TimelineBar& bar : lane(data, "stream 1").bars) {
        shown.emplace_back(bar.what);
    }
    CHECK(shown == std::vector<std::string>{"fold", "work", "copy"});
    CHECK(lane(data, "adding").bars.size() == 1);
    CHECK(data.lost == 0);
}

TEST_CASE("work that has not ended is shown when it has") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    CUstream other = device.stream();
    Timeline timeline;
    const support::Gate gate{stream};
    { const jcu::Shown shown{&timeline, stream, "fold", "held up"}; }
    { const jcu::Shown shown{&timeline, other, "fold", "not held up"}; }
    synchronize(other);
    {
        const TimelineData data = data_of(timeline);
        CHECK(find_lane(data, "held up") == nullptr);
        CHECK(lane(data, "not held up").bars.size() == 1);
    }
    gate.open();
    synchronize(stream);
    CHECK(lane(data_of(timeline), "held up").bars.size() == 1);
}

TEST_CASE("a timeline may go before the work that it was told of has ended") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const support::Gate gate{stream};
    {
        Timeline timeline;
        const jcu::Shown shown{&timeline, stream, "fold"};
    }
    gate.open();
    synchronize(stream);
}

TEST_CASE("a timeline may outlive the context of what it was told of") {
    Timeline timeline;
    {
        support::CudaDevice device;
        CUstream stream = device.stream();
        { const jcu::Shown shown{&timeline, stream, "fold"}; }
        synchronize(stream);
    }
    (void)data_of(timeline);
    support::CudaDevice device;
    CUstream stream = device.stream();
    { const jcu::Shown shown{&timeline, stream, "fold", "second"}; }
    synchronize(stream);
    CHECK(lane(data_of(timeline), "second").bars.size() == 1);
}

TEST_CASE("more work than a timeline remembers is all shown, in order") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    for (int command = 0; command < 1000; ++command) {
        const jcu::Shown shown{&timeline, stream, "fold"};
    }
    synchronize(stream);
    const TimelineData data = data_of(timeline);
    const auto& bars = lane(data, "stream 1").bars;
    CHECK(bars.size() == 1000);
    for (std::size_t index = 1; index < bars.size(); ++index) {
        CHECK(bars[index].begin >= bars[index - 1].end - 1'000);
    }
}

TEST_CASE("work that fails is not shown, and what the driver refuses is lost") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    support::CudaDevice::rules("cuEventRecord#1=CUDA_ERROR_OUT_OF_MEMORY");
    { const jcu::Shown shown{&timeline, stream, "refused"}; }
    CHECK(data_of(timeline).lost == 1);
    support::CudaDevice::rules("cuEventRecord#2=CUDA_ERROR_OUT_OF_MEMORY");
    { const jcu::Shown shown{&timeline, stream, "refused"}; }
    CHECK(data_of(timeline).lost == 2);
    support::CudaDevice::rules("cuEventElapsedTime=CUDA_ERROR_UNKNOWN");
    { const jcu::Shown shown{&timeline, stream, "by the host"}; }
    synchronize(stream);
    CHECK_FALSE(lane(data_of(timeline), "stream 1").device_time);
    support::CudaDevice::rules("");
    const support::Gate gate{stream};
    { const jcu::Shown shown{&timeline, stream, "failed"}; }
    device.fail();
    const TimelineData data = data_of(timeline);
    CHECK(data.lost == 2);
    CHECK(lane(data, "stream 1").bars.size() == 1);
    gate.open();
}

TEST_CASE("a stream that is being captured is not shown, and its graph is as it was") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    Timeline timeline;
    check_cu(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), "begin");
    { const jcu::Shown shown{&timeline, stream, "fold"}; }
    CUgraph graph = nullptr;
    CHECK(cuStreamEndCapture(stream, &graph) == CUDA_SUCCESS);
    CHECK(data_of(timeline).lost == 1);
}

TEST_CASE("a timeline with a clock of its own shows by that") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    juggle::ManualClock clock;
    Timeline timeline{1000, &clock};
    juggle::Executor executor{{.observer = &timeline, .clock = &clock}};
    executor.run([](CUstream queue, Timeline& shows, juggle::ManualClock& host) -> juggle::Task<> {
        {
            const jcu::Shown shown{&shows, queue, "fold"};
            host.advance(std::chrono::milliseconds{3});
        }
        synchronize(queue);
        (void)data_of(shows);
        co_return;
    }(stream, timeline, clock));
    const TimelineData data = data_of(timeline);
    CHECK_FALSE(lane(data, "stream 1").device_time);
    CHECK(lane(data, "stream 1").bars.at(0).length() == 3 * ms);
}

TEST_CASE("nobody who looks costs no call of the driver, and an event needs no time then") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    jcu::Resource<int> resource{0};
    support::CudaDevice::rules("");
    { const jcu::Shown shown{nullptr, stream, "fold"}; }
    CHECK(support::CudaDevice::calls("*") == 0);
    juggle::Executor executor;
    executor.run([](CUstream queue, jcu::Resource<int>& value) -> juggle::Task<> {
        auto ticket = value.acquire();
        co_await co_await jcu::enqueue(queue, ticket, [] {});
        ticket.ready(jcu::record(queue));
        co_await jcu::finish(queue);
    }(stream, resource));
    CHECK(support::CudaDevice::calls("cuEventElapsedTime") == 0);
    CHECK(support::CudaDevice::calls("cuEventRecord") == 3);
}

TEST_CASE("each call of the driver fails in turn while a timeline looks") {
    unsigned long injected = 1;
    for (int number = 1; injected != 0; ++number) {
        INFO("call " << number);
        support::CudaDevice device;
        CUstream stream = device.stream();
        support::CudaDevice::rules("*#" + std::to_string(number) + "=CUDA_ERROR_INVALID_VALUE");
        const std::exception_ptr error = exception_of_showing(stream);
        injected = juggle_cuda_simulation_injected();
        const std::string last = juggle_cuda_simulation_last();
        INFO(last << " failed: " << support::text_of(error));
        support::CudaDevice::rules("");
        const CUresult code = support::error_code(error);
        CHECK((error == nullptr || code == CUDA_ERROR_INVALID_VALUE));
        CHECK(support::current_context() == device.context);
        synchronize(stream);
    }
}

TEST_CASE("each allocation fails in turn while a timeline looks") {
    if (!support::sees_allocations()) {
        return;
    }
    support::CudaDevice device;
    CUstream stream = device.stream();
    CHECK(exception_of_showing(stream) == nullptr);
    bool reached = true;
    for (std::uint64_t number = 1; reached; ++number) {
        INFO("allocation " << number);
        const std::exception_ptr error = exception_of_showing(stream, number);
        reached = support::FailingAllocations::reached();
        INFO(support::text_of(error));
        CHECK((error == nullptr || support::is<std::bad_alloc>(error) ||
               support::error_code(error) == CUDA_ERROR_OUT_OF_MEMORY));
        synchronize(stream);
    }
}
