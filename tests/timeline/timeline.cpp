// What a timeline records, and when it lets it be.

#include "src/timeline/recorder.hpp"
#include "src/timeline/timeline_data.hpp"
#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"
#include "support/xml.hpp"

#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

using namespace std::chrono_literals;
using juggle::Executor;
using juggle::JobQueue;
using juggle::Resource;
using juggle::Task;
using juggle::Timeline;
using juggle::TimelineLaneKind;
using juggle::TimePoint;
using juggle::detail::TimelineBar;
using juggle::detail::TimelineData;
using juggle::detail::TimelineLane;

namespace {

/// An executor with a timeline; time passes only while all tasks sleep.
struct Recorded {
    explicit Recorded(std::size_t max_events = 4096) : timeline{max_events, &clock} {}

    juggle::ManualClock clock;
    support::Reports reports;
    Timeline timeline;
    Executor executor{options()};

    juggle::ExecutorOptions options() {
        juggle::ExecutorOptions result = reports.options(&clock);
        result.observer = &timeline;
        return result;
    }
    TimelineData data() { return juggle::detail::TimelineAccess::recorder(timeline).data(); }
};

/// Each look takes a microsecond.
class TickingClock final : public juggle::Clock {
public:
    TimePoint now() noexcept override { return now_ += 1us; }
    bool skip_to(TimePoint deadline) noexcept override {
        now_ = std::max(now_, deadline);
        return true;
    }

private:
    TimePoint now_{};
};

const TimelineLane& lane(const TimelineData& data, std::string_view name) {
    const auto found = std::ranges::find(data.lanes, name, &TimelineLane::name);
    if (found == data.lanes.end()) {
        throw std::out_of_range{"no lane " + std::string{name}};
    }
    return *found;
}

/// What a bar says, in milliseconds.
struct Seen {
    std::int64_t begin;
    std::int64_t end;
    std::optional<std::uint64_t> chunk;
    bool waiting = false;

    bool operator==(const Seen&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
        out << seen.begin << ".." << seen.end << " chunk ";
        return (seen.chunk ? out << *seen.chunk : out << "none") << (seen.waiting ? " waits" : "");
    }
};

std::vector<Seen> seen(const TimelineLane& lane) {
    std::vector<Seen> result;
    for (const TimelineBar& bar : lane.bars) {
        result.push_back({bar.begin / 1'000'000, bar.end / 1'000'000, bar.chunk, bar.waiting});
    }
    return result;
}

Task<> use_for(Timeline& timeline, Resource<int>::Allocation mine, std::chrono::milliseconds time) {
    co_await mine.wait();
    const auto span = timeline.span("work");
    co_await juggle::sleep_for(time);
    mine.ready();
}

/// Three chunks, at most two at a time, want one buffer for ten milliseconds each.
Task<> three_chunks(Timeline& timeline, Resource<int>& buffer) {
    JobQueue jobs{"jobs", 2};
    for (int chunk = 0; chunk < 3; ++chunk) {
        Task<> job = use_for(timeline, buffer.acquire(), 10ms);
        co_await jobs.push(std::move(job));
    }
    co_await jobs.finish();
}

TimelineData three_chunks_recorded() {
    Recorded recorded;
    Resource<int> buffer{"buffer", 0};
    recorded.executor.run(three_chunks(recorded.timeline, buffer));
    return recorded.data();
}

std::string file_text(const std::filesystem::path& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// Gone at the end, with all that is in it.
struct Folder {
    Folder() {
        std::filesystem::remove_all(path);
        std::filesystem::create_directory(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("juggle_timeline_" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("a timeline shows who waited for a resource and who held it, from when to when") {
    const TimelineData data = three_chunks_recorded();
    CHECK(seen(lane(data, "buffer")) ==
          std::vector<Seen>{
              {0, 10, 0}, {0, 10, 1, true}, {10, 20, 1}, {10, 20, 2, true}, {20, 30, 2}});
    CHECK(lane(data, "buffer").kind == TimelineLaneKind::resource);
    CHECK(support::contains(lane(data, "buffer").bars[0].what, "ticket 1 (timeline.cpp:"));
    CHECK(data.length == 30'000'000);
    CHECK(data.lost == 0);
    REQUIRE(data.hand_overs.size() == 2);
    const auto& bars = lane(data, "buffer").bars;
    CHECK(bars[data.hand_overs[0].from].chunk == 0);
    CHECK(bars[data.hand_overs[0].to].chunk == 1);
    CHECK(bars[data.hand_overs[1].to].chunk == 2);
}

TEST_CASE("spans are on a lane of their name, with the chunk of their task") {
    const TimelineData data = three_chunks_recorded();
    CHECK(lane(data, "work").kind == TimelineLaneKind::spans);
    CHECK(seen(lane(data, "work")) == std::vector<Seen>{{0, 10, 0}, {10, 20, 1}, {20, 30, 2}});
    CHECK(lane(data, "work").bars[0].task != 0);
}

TEST_CASE("a timeline shows how full job queues and channels are") {
    const TimelineData data = three_chunks_recorded();
    REQUIRE(data.counters.size() == 1);
    CHECK(data.counters[0].name == "jobs");
    CHECK(data.counters[0].capacity == 2);
    std::vector<std::uint64_t> levels;
    for (const auto& level : data.counters[0].levels) {
        levels.push_back(level.level);
    }
    CHECK(levels == std::vector<std::uint64_t>{1, 2, 1, 2, 1, 0});

    Recorded recorded;
    recorded.executor.run([]() -> Task<> {
        juggle::Channel<int> channel{"numbers", 3};
        co_await channel.push(1);
        co_await juggle::sleep_for(5ms);
        co_await channel.push(2);
        (void)co_await channel.pop();
        channel.close();
    }());
    const TimelineData filled = recorded.data();
    REQUIRE(filled.counters.size() == 1);
    CHECK(filled.counters[0].name == "numbers");
    REQUIRE(filled.counters[0].levels.size() == 3);
    CHECK(filled.counters[0].levels[1].time == 5'000'000);
    CHECK(filled.counters[0].levels[1].level == 2);
    CHECK(filled.counters[0].levels[2].level == 1);
}

TEST_CASE("parts of a task belong to its chunk, and a task may say which one it works on") {
    Recorded recorded;
    recorded.executor.run([](Timeline& timeline) -> Task<> {
        const auto part = [](Timeline& shown) -> Task<> {
            const auto span = shown.span("part");
            co_await juggle::sleep_for(1ms);
        };
        timeline.chunk(7);
        co_await juggle::when_all(part(timeline), part(timeline));
        timeline.chunk(8);
        co_await part(timeline);
        const auto other = timeline.span("part", 9);
    }(recorded.timeline));
    CHECK(seen(lane(recorded.data(), "part")) ==
          std::vector<Seen>{{0, 1, 7}, {0, 1, 7}, {1, 2, 8}, {2, 2, 9}});
}

TEST_CASE("a shared ticket is held together with others, and a cancelled wait ends") {
    Recorded recorded;
    Resource<int> table{"table", 0};
    recorded.executor.run([](Executor& executor, Resource<int>& shown) -> Task<> {
        auto first = shown.acquire_shared();
        auto second = shown.acquire_shared();
        co_await first.wait();
        co_await second.wait();
        auto waits = [](Resource<int>::Allocation ticket) -> Task<> { co_await ticket.wait(); };
        auto stopped = executor.spawn(waits(shown.acquire()));
        co_await juggle::sleep_for(3ms);
        stopped.request_stop();
        (void)co_await juggle::as_outcome(stopped);
        first.ready();
        co_await juggle::sleep_for(2ms);
        second.ready();
    }(recorded.executor, table));
    CHECK(seen(lane(recorded.data(), "table")) ==
          std::vector<Seen>{{0, 3, {}}, {0, 3, {}, true}, {0, 5, {}}});
}

TEST_CASE("what has not ended lasts to the end of the recording") {
    Recorded recorded;
    Resource<int> table{"table", 0};
    auto held = recorded.executor.run([](Resource<int>& shown) -> Task<Resource<int>::Allocation> {
        auto mine = co_await shown.acquire();
        co_await juggle::sleep_for(4ms);
        co_return mine;
    }(table));
    CHECK(seen(lane(recorded.data(), "table")) == std::vector<Seen>{{0, 4, {}}});
    held.ready();
}

TEST_CASE("the host's lane has the turns of the tasks, and nothing while the thread sleeps") {
    TickingClock clock;
    Timeline timeline{64, &clock};
    {
        Executor executor{{.observer = &timeline, .clock = &clock}};
        executor.run([]() -> Task<> {
            co_await juggle::yield();
            co_await juggle::sleep_for(1ms);
            co_await juggle::yield();
        }());
    }
    const TimelineData data = juggle::detail::TimelineAccess::recorder(timeline).data();
    const TimelineLane& host = lane(data, "host");
    CHECK(host.kind == TimelineLaneKind::host);
    REQUIRE(host.bars.size() == 2);
    CHECK(host.bars[0].begin == 0);
    CHECK(host.bars[0].end < 100'000);
    CHECK(host.bars[1].begin >= 1'000'000);
    CHECK(host.bars[1].begin < 1'100'000);
    CHECK(support::contains(host.bars[0].what, "task 1 (timeline.cpp:"));
}

TEST_CASE("turns of a task with a name, and of its parts, are called so") {
    TickingClock clock;
    Timeline timeline{64, &clock};
    {
        Executor executor{{.observer = &timeline, .clock = &clock}};
        executor.run([](Executor& runs) -> Task<> {
            co_await runs.spawn("reader", []() -> Task<> {
                co_await juggle::sleep_for(1ms);
                co_await juggle::when_all(juggle::sleep_for(1ms));
            }());
        }(executor));
    }
    const TimelineData data = juggle::detail::TimelineAccess::recorder(timeline).data();
    const auto turns_called = [&data](std::string_view what) {
        return std::ranges::count(lane(data, "host").bars, what, &TimelineBar::what);
    };
    CHECK(turns_called("task 2 (reader)") >= 2);
    CHECK(turns_called("task 3 (reader)") >= 1);  // its part
}

TEST_CASE("offloaded work is on the lane of its thread") {
    Timeline timeline;
    Executor executor{{.observer = &timeline}};
    std::int64_t length = 0;
    executor.run([](std::int64_t& took, Timeline& shown) -> Task<> {
        shown.chunk(3);
        co_await juggle::offload([&took] {
            const auto start = std::chrono::steady_clock::now();
            while (std::chrono::steady_clock::now() == start) {}
            took = (std::chrono::steady_clock::now() - start).count();
        });
    }(length, timeline));
    const TimelineData data = juggle::detail::TimelineAccess::recorder(timeline).data();
    const TimelineLane& thread = lane(data, "thread 1");
    CHECK(thread.kind == TimelineLaneKind::thread);
    REQUIRE(thread.bars.size() == 1);
    CHECK(thread.bars[0].length() >= length);
    CHECK(thread.bars[0].length() <= data.length);
    CHECK(thread.bars[0].chunk == 3);
}

TEST_CASE("commands of devices that the library does not know can be shown") {
    Recorded recorded;
    const TimePoint start = recorded.clock.now();
    recorded.timeline.chunk(5);
    recorded.timeline.command("upload", "copy", start + 1ms, start + 3ms);
    recorded.timeline.command("upload", "copy", start, start + 1ms);
    const TimelineData data = recorded.data();
    CHECK(seen(lane(data, "upload")) == std::vector<Seen>{{0, 1, 5}, {1, 3, 5}});
    CHECK(lane(data, "upload").kind == TimelineLaneKind::queue);
    CHECK(lane(data, "upload").bars[0].what == "copy");
}

TEST_CASE("messages are spans of the task that started them, also beside metrics") {
    for (const bool metrics : {false, true}) {
        juggle::ManualClock clock;
        Timeline timeline{64, &clock};
        Executor executor{{.observer = &timeline, .clock = &clock, .metrics = metrics}};
        executor.run([](Timeline& shown) -> Task<> {
            juggle::Observer& observer = *Executor::current()->observer();
            shown.chunk(3);
            const juggle::Observer::Work work = observer.work();
            const TimePoint start = Executor::current()->now();
            co_await juggle::sleep_for(2ms);
            shown.chunk(4);
            observer.message("rank 1", "send", start, Executor::current()->now(), work);
            observer.message("rank 1", "send", TimePoint::min(), TimePoint::max(), observer.work());
        }(timeline));
        const TimelineData data = juggle::detail::TimelineAccess::recorder(timeline).data();
        const TimelineLane& lane_of_peer = lane(data, "rank 1");
        CHECK(lane_of_peer.kind == TimelineLaneKind::spans);
        REQUIRE(lane_of_peer.bars.size() == 2);
        const TimelineBar& bar = lane_of_peer.bars[1];
        CHECK(bar.length() == 2'000'000);
        CHECK(bar.chunk == 3);
        CHECK(bar.task == 1);
        CHECK(bar.what == "send");
        CHECK(lane_of_peer.bars[0].chunk == 4);
    }
}

TEST_CASE("the newest events are kept, and it is said how many are lost") {
    Recorded recorded{8};
    Resource<int> table{"table", 0};
    recorded.executor.run([](Resource<int>& shown) -> Task<> {
        for (int round = 0; round < 100; ++round) {
            auto mine = co_await shown.acquire();
            co_await juggle::sleep_for(1ms);
            mine.ready();
        }
    }(table));
    const TimelineData data = recorded.data();
    CHECK(data.lost > 300);
    CHECK(data.length <= 4'000'000);
    const TimelineLane& shown = lane(data, "table");
    REQUIRE_FALSE(shown.bars.empty());
    CHECK(shown.bars.front().begin == 0);
    CHECK(support::contains(shown.bars.back().what, "ticket 100 "));
}

TEST_CASE("of a span that is longer than what is known only the known part is shown") {
    Recorded recorded{8};
    Resource<int> table{"table", 0};
    recorded.executor.run([](Timeline& timeline, Resource<int>& shown) -> Task<> {
        const auto span = timeline.span("all of it");
        for (int round = 0; round < 100; ++round) {
            auto mine = co_await shown.acquire();
            co_await juggle::sleep_for(1ms);
            mine.ready();
        }
    }(recorded.timeline, table));
    const TimelineData data = recorded.data();
    CHECK(data.length <= 4'000'000);
    const TimelineLane& span = lane(data, "all of it");
    REQUIRE(span.bars.size() == 1);
    CHECK(span.bars[0].begin == 0);
    CHECK(span.bars[0].end == data.length);
}

TEST_CASE("a command's times may be anything") {
    Recorded recorded;
    Timeline& timeline = recorded.timeline;
    timeline.command("upload", "all", TimePoint::min(), TimePoint::max());
    timeline.command("upload", "early", TimePoint::min(), TimePoint::min());
    timeline.command("upload", "late", TimePoint::max(), TimePoint::max());
    timeline.command("upload", "backwards", TimePoint{} + 5ms, TimePoint{});
    const TimelineData data = recorded.data();
    REQUIRE(lane(data, "upload").bars.size() == 4);
    for (const TimelineBar& bar : lane(data, "upload").bars) {
        CHECK(bar.begin >= 0);
        CHECK(bar.length() >= 0);
        CHECK(bar.end <= data.length);
    }
    CHECK_FALSE(timeline.summary().text().empty());
    std::ostringstream out;
    timeline.write_svg(out);
    timeline.write_trace(out);
}

TEST_CASE("recording allocates nothing once everything has been seen") {
    Recorded recorded{256};
    recorded.executor.run([](Timeline& timeline) -> Task<> {
        Resource<int> table{"table", 0};
        JobQueue jobs{2};
        juggle::Channel<int> channel{4};
        auto cycle = [&]() -> Task<> {
            const auto span = timeline.span("a cycle with a long name");
            Task<> job = use_for(timeline, table.acquire(), 1ms);
            co_await jobs.push(std::move(job));
            co_await channel.push(1);
            (void)co_await channel.pop();
        };
        const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
        CHECK(allocations == 0);
        co_await jobs.finish();
    }(recorded.timeline));
    CHECK(recorded.data().lost > 0);
}

TEST_CASE("several executors may record one after the other, and a resource in two timelines") {
    Resource<int> table{"table", 0};
    const auto once = [](Resource<int>& shown) -> Task<> {
        auto mine = co_await shown.acquire();
        co_await juggle::sleep_for(1ms);
        mine.ready();
    };
    Recorded first;
    first.executor.run(once(table));
    Recorded second;
    second.executor.run(once(table));
    {
        Executor another{second.options()};
        another.run(once(table));
    }
    CHECK(seen(lane(first.data(), "table")) == std::vector<Seen>{{0, 1, {}}});
    CHECK(seen(lane(second.data(), "table")) == std::vector<Seen>{{0, 1, {}}, {1, 2, {}}});
}

TEST_CASE(
    "a timeline that is cleared forgets what was, and an executor without one records nothing") {
    Recorded recorded;
    Resource<int> table{"table", 0};
    const auto once = [](Resource<int>& shown) -> Task<> {
        auto mine = co_await shown.acquire();
        mine.ready();
    };
    recorded.executor.run(once(table));
    CHECK_FALSE(recorded.data().lanes.empty());
    recorded.timeline.clear();
    CHECK(recorded.data().lanes.empty());
    Executor other;
    other.run(once(table));
    CHECK(recorded.data().lanes.empty());
}

TEST_CASE("a span may be moved and ended early") {
    Recorded recorded;
    recorded.executor.run([](Timeline& timeline) -> Task<> {
        auto span = timeline.span("moved");
        co_await juggle::sleep_for(1ms);
        {
            auto inner = std::move(span);
            co_await juggle::sleep_for(1ms);
            inner.end();
            co_await juggle::sleep_for(1ms);
        }
    }(recorded.timeline));
    CHECK(seen(lane(recorded.data(), "moved")) == std::vector<Seen>{{0, 2, {}}});
}

TEST_CASE("a timeline of no events is a mistake that names the argument") {
    CHECK_THROWS_WITH(Timeline{0}, Catch::Contains("argument 'max_events' is 0"));
    CHECK_THROWS_AS(Timeline{std::numeric_limits<std::size_t>::max()}, std::invalid_argument);
}

TEST_CASE("the files of a known run say what happened in it") {
    Recorded recorded;
    Resource<int> buffer{"buffer", 0};
    recorded.executor.run(three_chunks(recorded.timeline, buffer));

    SECTION("the trace") {
        std::ostringstream out;
        recorded.timeline.write_trace(out);
        const nlohmann::json trace = nlohmann::json::parse(out.str());
        std::vector<std::pair<double, double>> spans;
        for (const auto& event : trace.at("traceEvents")) {
            if (event.at("ph") == "X" && event.at("name") == "work") {
                spans.emplace_back(event.at("ts").get<double>(), event.at("dur").get<double>());
            }
        }
        CHECK(spans == std::vector<std::pair<double, double>>{
                           {0, 10'000}, {10'000, 10'000}, {20'000, 10'000}});
    }
    SECTION("the picture") {
        std::ostringstream out;
        recorded.timeline.write_svg(out, {.resources = true});
        const support::XmlElement picture = support::XmlReader::read(out.str());
        std::vector<std::string> names;
        for (const auto& shown : picture.all("lane")) {
            names.push_back(shown.at("data-name"));
        }
        CHECK(names == std::vector<std::string>{"work", "buffer"});
        const auto bars = picture.all("lane").front().all("bar");
        REQUIRE(bars.size() == 3);
        for (std::size_t chunk = 0; chunk < 3; ++chunk) {
            CHECK(bars[chunk].integer("data-chunk") == static_cast<std::int64_t>(chunk));
            CHECK(bars[chunk].integer("data-begin") ==
                  static_cast<std::int64_t>(chunk) * 10'000'000);
            CHECK(bars[chunk].integer("data-length") == 10'000'000);
            CHECK(bars[chunk].number("width") == Approx(bars[0].number("width")).epsilon(0.01));
        }
        CHECK(bars[1].number("x") > bars[0].number("x"));
    }
    SECTION("the summary") {
        const juggle::TimelineSummary summary = recorded.timeline.summary();
        CHECK(summary.length == 30ms);
        CHECK(summary.latency.chunks == 3);
        CHECK(summary.latency.longest == 10ms);
    }
}

TEST_CASE("a timeline is written whole, or not at all, into a file by its extension") {
    const Folder folder;
    Recorded recorded;
    Resource<int> buffer{"buffer", 0};
    recorded.executor.run(three_chunks(recorded.timeline, buffer));

    for (const char* name : {"run.svg", "run.html", "run.json"}) {
        recorded.timeline.write(folder.path / name);
        CHECK(std::filesystem::file_size(folder.path / name) > 1000);
    }
    CHECK(support::contains(file_text(folder.path / "run.svg"), "<svg"));
    CHECK(support::contains(file_text(folder.path / "run.html"), "<!DOCTYPE html>"));
    CHECK(nlohmann::json::accept(file_text(folder.path / "run.json")));
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 3);

    const std::string before = file_text(folder.path / "run.svg");
    CHECK_THROWS_WITH(recorded.timeline.write(folder.path / "run.svg", {.width = -1}),
                      Catch::Contains("width"));
    CHECK(file_text(folder.path / "run.svg") == before);
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 3);

    CHECK_THROWS_WITH(recorded.timeline.write("run.png"), Catch::Contains("'run.png'"));
    CHECK_THROWS_AS(recorded.timeline.write("run"), std::invalid_argument);
    CHECK_THROWS_WITH(recorded.timeline.write(folder.path / "nowhere" / "run.svg"),
                      Catch::Contains("nowhere") && Catch::Contains("No such file"));
}

TEST_CASE("if the disk is full that is what is said, and the older file stays") {
    if (!std::filesystem::exists("/dev/full")) {
        return;  // a system that has no such device
    }
    const Folder folder;
    Recorded recorded;
    Resource<int> buffer{"buffer", 0};
    recorded.executor.run(three_chunks(recorded.timeline, buffer));
    // More than a stream keeps, and less.
    const std::string name = GENERATE("run.html", "run.json");
    const std::filesystem::path file = folder.path / name;
    recorded.timeline.write(file);
    const std::string before = file_text(file);

    std::filesystem::create_symlink("/dev/full", file.string() + ".part");
    CHECK_THROWS_MATCHES(recorded.timeline.write(file), std::system_error,
                         Catch::Predicate<std::system_error>(
                             [&](const std::system_error& error) {
                                 return error.code() == std::errc::no_space_on_device &&
                                        support::contains(error.what(), name);
                             },
                             "says which file, and that there is no space"));
    CHECK(file_text(file) == before);
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 1);
}
