// Ranks: 3
// One picture of all ranks.

#include "mpi_test.hpp"

#include <juggle/mpi/timeline.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace mpi = juggle::mpi;
using Catch::Contains;
using juggle::Executor;
using juggle::Task;
using juggle::Timeline;
using juggle::TimelineClockOffset;
using juggle::TimelineRenderOptions;
using juggle::TimePoint;
using support::rank;
using support::ranks;

using namespace std::chrono_literals;

namespace {

/// As one of another machine: it began to count at another time, and counts too slowly. All
/// processes here have the same steady clock, so what it must be found to be is known.
class StrangeClock final : public juggle::Clock {
public:
    explicit StrangeClock(std::chrono::nanoseconds ahead, std::int64_t slowness = 0)
        : ahead_{ahead}, slowness_{slowness} {}

    TimePoint now() noexcept override { return of(std::chrono::steady_clock::now()); }
    bool skip_to(TimePoint) noexcept override { return false; }

    /// What it says at a time of the steady clock.
    [[nodiscard]] TimePoint of(TimePoint time) const noexcept {
        const std::chrono::nanoseconds since = time.time_since_epoch();
        return time + ahead_ - (slowness_ == 0 ? 0ns : since / slowness_);
    }

private:
    std::chrono::nanoseconds ahead_;
    std::int64_t slowness_;  // of so many nanoseconds it misses one
};

[[nodiscard]] std::chrono::nanoseconds ahead(int of) { return of == 0 ? 5h : of * -17s; }

/// The same name on all ranks; gone when all have looked.
class SharedFile {
public:
    explicit SharedFile(const std::string& extension) {
        int process = static_cast<int>(::getpid());
        MPI_Bcast(&process, 1, MPI_INT, 0, MPI_COMM_WORLD);
        path = std::filesystem::temp_directory_path() /
               ("juggle_ranks_" + std::to_string(process) + extension);
    }
    SharedFile(const SharedFile&) = delete;
    SharedFile& operator=(const SharedFile&) = delete;
    ~SharedFile() {
        MPI_Barrier(MPI_COMM_WORLD);
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }

    [[nodiscard]] std::string text() const {
        std::ifstream stream{path};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }

    std::filesystem::path path;
};

/// Bars of a trace in nanoseconds, by their names.
class Trace {
public:
    explicit Trace(const std::string& text) : json_(nlohmann::json::parse(text)) {}

    [[nodiscard]] std::int64_t begin(const std::string& name) const {
        return nanoseconds(event(name).at("ts"));
    }
    [[nodiscard]] std::int64_t length(const std::string& name) const {
        return nanoseconds(event(name).at("dur"));
    }
    /// "span of chunk 3 and task 2 on MPI, rank 1"
    [[nodiscard]] std::string description(const std::string& name) const {
        const nlohmann::json& found = event(name);
        const nlohmann::json& arguments = found.at("args");
        std::string text = found.at("cat").get<std::string>() + " of chunk ";
        text += arguments.contains("chunk") ? arguments.at("chunk").dump() : "none";
        text += " and task ";
        text += arguments.contains("task") ? arguments.at("task").dump() : "none";
        for (const auto& one : json_.at("traceEvents")) {
            if (one.at("name") == "thread_name" && one.at("tid") == found.at("tid")) {
                text += " on " + one.at("args").at("name").get<std::string>();
            }
        }
        return text;
    }
    [[nodiscard]] std::int64_t error() const {
        return json_.at("otherData").at("clockErrorNs").get<std::int64_t>();
    }
    /// Names of threads, in their order.
    [[nodiscard]] std::vector<std::string> threads() const {
        std::vector<std::string> names;
        for (const auto& one : json_.at("traceEvents")) {
            if (one.at("name") == "thread_name") {
                names.push_back(one.at("args").at("name"));
            }
        }
        return names;
    }

private:
    [[nodiscard]] const nlohmann::json& event(const std::string& name) const {
        for (const auto& one : json_.at("traceEvents")) {
            if (one.at("ph") == "X" && one.at("name") == name) {
                return one;
            }
        }
        throw std::out_of_range{"no bar " + name};
    }
    [[nodiscard]] static std::int64_t nanoseconds(double microseconds) {
        return std::llround(microseconds * 1'000);
    }

    nlohmann::json json_;
};

[[nodiscard]] Trace trace_of(Timeline& timeline) {
    std::ostringstream out;
    timeline.write_trace(out);
    return Trace{out.str()};
}

/// What all ranks have been told; empty if nothing.
template <class E>
[[nodiscard]] std::string error_of_write(Timeline& timeline, const std::filesystem::path& file,
                                         const TimelineRenderOptions& picture = {},
                                         const std::vector<TimelineClockOffset>& earlier = {}) {
    try {
        mpi::write_timeline(MPI_COMM_WORLD, timeline, file, picture, earlier);
    } catch (const E& error) {
        return error.what();
    }
    return {};
}

/// What `value` is on rank 0.
[[nodiscard]] std::int64_t of_rank_0(std::int64_t value) {
    MPI_Bcast(&value, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);
    return value;
}

}  // namespace

TEST_CASE(
    "a message is a span of the task that started it, whoever awaits it, on a lane of its peer") {
    Timeline timeline{256};
    Executor executor{{.observer = &timeline}};
    const int sent = 7;
    const int next = (rank() + 1) % ranks();
    const int before = (rank() + ranks() - 1) % ranks();
    juggle::Resource<int, mpi::Event> buffer{"buffer", 0};
    executor.run([](Timeline& shown, auto& guarded, const int& out, int to, int from) -> Task<> {
        // Task 1 receives into the buffer, and hands it on before the message is there.
        shown.chunk(3);
        auto filled = co_await guarded.acquire();
        filled.ready(mpi::start(MPI_Irecv, &*filled, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG,
                                MPI_COMM_WORLD));
        const auto read = [](Timeline& also_shown, auto& received) -> Task<> {
            also_shown.chunk(4);
            auto mine = co_await received.acquire();
            CHECK(*mine == 7);
            mine.ready();
        };
        auto reader = Executor::current()->spawn(read(shown, guarded));
        co_await juggle::yield();
        shown.chunk(5);
        const mpi::Event sending =
            mpi::start(MPI_Isend, &out, 1, MPI_INT, to, 10 + from, MPI_COMM_WORLD);
        shown.chunk(6);
        while (sending.status() == juggle::EventStatus::pending) {
            co_await juggle::yield();
        }
        co_await reader;
        shown.chunk(std::nullopt);
        co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
        co_await mpi::start(
            "my own", [](MPI_Request* request) { return MPI_Ibarrier(MPI_COMM_WORLD, request); });
    }(timeline, buffer, sent, next, before));
    const Trace trace = trace_of(timeline);
    const std::string tag_received = std::to_string(10 + (before + ranks() - 1) % ranks());
    CHECK(trace.description("MPI_Irecv, tag " + tag_received) ==
          "span of chunk 3 and task 1 on MPI, rank " + std::to_string(before));
    CHECK(trace.description("MPI_Isend, tag " + std::to_string(10 + before)) ==
          "span of chunk 5 and task 1 on MPI, rank " + std::to_string(next));
    CHECK(trace.description("MPI_Ibarrier") == "span of chunk none and task 1 on MPI, all ranks");
    CHECK(trace.description("my own") == "span of chunk none and task 1 on MPI, all ranks");
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("a message that nobody awaits any more is shown, when it has completed") {
    Timeline timeline{256};
    Executor executor{{.observer = &timeline}};
    executor.run([](Timeline& shown) -> Task<> {
        shown.chunk(2);
        int number = 0;
        const int next = (rank() + 1) % ranks();
        const mpi::Event received =
            mpi::start(MPI_Irecv, &number, 1, MPI_INT, MPI_ANY_SOURCE, 5, MPI_COMM_WORLD);
        const auto wait = [](const mpi::Event& event) -> Task<> { co_await event; };
        auto waits = Executor::current()->spawn(wait(received));
        co_await juggle::yield();
        waits.request_stop();
        (void)co_await juggle::as_outcome(waits);
        co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);  // nothing was sent before
        const mpi::Event sent = mpi::start(MPI_Isend, &next, 1, MPI_INT, next, 5, MPI_COMM_WORLD);
        while (received.status() == juggle::EventStatus::pending) {
            co_await juggle::yield();
        }
        co_await sent;
    }(timeline));
    CHECK_THAT(trace_of(timeline).description("MPI_Irecv, tag 5"),
               Contains("span of chunk 2 and task 1"));
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("messages are shown by the executor's own clock, if it has one") {
    juggle::ManualClock clock;
    Timeline timeline{256, &clock};
    Executor executor{{.observer = &timeline, .clock = &clock}};
    executor.run([](Timeline& shown) -> Task<> {
        const auto span = shown.span("around");
        co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
    }(timeline));
    const Trace trace = trace_of(timeline);
    CHECK(trace.begin("MPI_Ibarrier") >= trace.begin("around"));
    CHECK(trace.begin("MPI_Ibarrier") + trace.length("MPI_Ibarrier") <=
          trace.begin("around") + trace.length("around"));
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("the offset between two clocks is found, to within the error that is stated") {
    StrangeClock clock{ahead(rank())};
    Timeline timeline{8, &clock};
    const TimePoint before = clock.now();
    const TimelineClockOffset found = mpi::clock_offset(MPI_COMM_WORLD, timeline);
    const std::chrono::nanoseconds offset = ahead(0) - ahead(rank());
    const std::chrono::nanoseconds error{found.error};
    CHECK(error >= 0ns);
    CHECK(found.offset - offset <= error);
    CHECK(offset - found.offset <= error);
    CHECK(found.at >= before);
    CHECK(found.at <= clock.now());
    if (rank() == 0) {
        CHECK(found.offset == 0ns);
        CHECK(error == 0ns);
    } else {
        CHECK(error > 0ns);
    }
}

TEST_CASE("all ranks are in one picture, by rank, and by the clock of rank 0") {
    StrangeClock clock{ahead(rank())};
    Timeline timeline{64, &clock};
    // The same moments on all ranks, as the clock of each has them.
    const TimePoint start{std::chrono::nanoseconds{
        of_rank_0(std::chrono::steady_clock::now().time_since_epoch().count())}};
    const std::string name = std::to_string(rank());
    timeline.command("queue", "first " + name, clock.of(start), clock.of(start + 1ms));
    timeline.command("other", "second " + name, clock.of(start + rank() * 1s),
                     clock.of(start + rank() * 1s + 1ms));
    const SharedFile file{".json"};
    mpi::write_timeline(MPI_COMM_WORLD, timeline, file.path);

    if (rank() == 0) {
        const Trace trace{file.text()};
        CHECK(trace.threads() == std::vector<std::string>{"rank 0: queue", "rank 0: other",
                                                          "rank 1: queue", "rank 1: other",
                                                          "rank 2: queue", "rank 2: other"});
        const std::int64_t error = trace.error();
        CHECK(error > 0);
        for (int one = 0; one < ranks(); ++one) {
            for (int other = 0; other < one; ++other) {
                const std::string of_one = std::to_string(one);
                const std::string of_other = std::to_string(other);
                CHECK(std::abs(trace.begin("first " + of_one) - trace.begin("first " + of_other)) <=
                      error);
                CHECK(std::abs(trace.begin("second " + of_one) - trace.begin("second " + of_other) -
                               (one - other) * 1'000'000'000LL) <= error);
            }
        }
    }
}

TEST_CASE("what clocks drift apart between an offset of before and the last is taken out") {
    // Of 500 ns each misses one, or two: 2 ms a second. What is between two measurements is right
    // only by the line between them.
    StrangeClock clock{ahead(rank()), rank() == 0 ? 0 : 500 / rank()};
    Timeline timeline{64, &clock};
    const std::vector<TimelineClockOffset> earlier{mpi::clock_offset(MPI_COMM_WORLD, timeline)};
    const TimePoint start{std::chrono::nanoseconds{
        of_rank_0(std::chrono::steady_clock::now().time_since_epoch().count())}};
    const TimePoint middle = start + 50ms;
    while (std::chrono::steady_clock::now() < start + 100ms) {}  // what takes its time
    timeline.command("queue", "middle " + std::to_string(rank()), clock.of(middle),
                     clock.of(middle));
    const SharedFile file{".json"};
    mpi::write_timeline(MPI_COMM_WORLD, timeline, file.path, {}, earlier);
    if (rank() == 0) {
        const Trace trace{file.text()};
        for (int one = 1; one < ranks(); ++one) {
            const std::int64_t apart =
                trace.begin("middle " + std::to_string(one)) - trace.begin("middle 0");
            // A clock that runs up to 1/250 slower says a trip so much too short, too.
            CHECK(std::abs(apart) <= trace.error() + trace.error() / 250 + 1);
        }
    }
}

TEST_CASE("the picture says to within what the clocks agree, and which rank is which") {
    Timeline timeline{64};
    timeline.command("queue", "work", timeline.now() - 1ms, timeline.now());
    const SharedFile file{".svg"};
    mpi::write_timeline(MPI_COMM_WORLD, timeline, file.path, {.title = "three ranks"});
    if (rank() == 0) {
        const std::string text = file.text();
        CHECK_THAT(text, Contains("three ranks"));
        CHECK_THAT(text, Contains("; clocks agree to within "));
        CHECK_THAT(text, Contains(">rank 0</text>"));
        CHECK_THAT(text, Contains(">rank 2</text>"));
        CHECK_THAT(text, Contains(R"(data-name="rank 2: queue")"));
    }
}

TEST_CASE("one rank alone is a picture, too") {
    Timeline timeline{64};
    timeline.command("queue", "work " + std::to_string(rank()), timeline.now() - 1ms,
                     timeline.now());
    const SharedFile file{std::to_string(rank()) + ".html"};
    mpi::write_timeline(MPI_COMM_SELF, timeline, file.path);
    CHECK_THAT(file.text(), Contains("work " + std::to_string(rank())));
    CHECK_THAT(file.text(), Contains("rank 0: queue"));
    CHECK_THAT(file.text(), !Contains("rank 1"));
    CHECK(mpi::clock_offset(MPI_COMM_SELF, timeline).offset == 0ns);
}

TEST_CASE("a rank that has recorded nothing, and one that has lost events, are in it") {
    Timeline timeline{rank() == 1 ? std::size_t{2} : std::size_t{64}};
    if (rank() != 2) {
        for (int number = 0; number != 5; ++number) {
            timeline.command("queue", "work", timeline.now(), timeline.now());
        }
    }
    const SharedFile file{".svg"};
    mpi::write_timeline(MPI_COMM_WORLD, timeline, file.path);
    if (rank() == 0) {
        CHECK_THAT(file.text(), Contains("3 events before these were lost"));
        CHECK_THAT(file.text(), Contains("rank 1: queue") && !Contains("rank 2"));
    }
}

TEST_CASE("names may be huge, and recordings as well") {
    const std::string name(3'000'000, static_cast<char>('a' + rank()));
    Timeline timeline{64};
    timeline.command(name, name, timeline.now(), timeline.now());
    const SharedFile file{".json"};
    mpi::write_timeline(MPI_COMM_WORLD, timeline, file.path);
    if (rank() == 0) {
        CHECK_NOTHROW(Trace{file.text()}.begin(std::string(3'000'000, 'c')));
    }
}

TEST_CASE("what is wrong with the arguments of rank 0, all ranks are told, and nobody hangs") {
    Timeline timeline{64};
    CHECK_THAT(error_of_write<std::invalid_argument>(timeline, "run.png"), Contains("'run.png'"));
    // Those of other ranks do not count.
    const SharedFile file{".svg"};
    const std::filesystem::path own = rank() == 1 ? "run.png" : file.path;
    CHECK(error_of_write<std::invalid_argument>(timeline, own).empty());
    CHECK_THAT(error_of_write<std::invalid_argument>(timeline, file.path, {.width = -3}),
               Contains("a width of -3"));
}

TEST_CASE("a file that cannot be written is an error on all ranks, with its name and the reason") {
    Timeline timeline{64};
    const std::filesystem::path file = "/not there/run.svg";
    try {
        mpi::write_timeline(MPI_COMM_WORLD, timeline, file);
        FAIL("nothing was thrown");
    } catch (const std::system_error& error) {
        CHECK(error.code() == std::errc::no_such_file_or_directory);
        CHECK_THAT(error.what(), Contains("'/not there/run.svg.part'"));
        const std::string reason = error.code().message();
        CHECK_THAT(error.what(), Contains(": " + reason) && !Contains(reason + ": " + reason));
    }
    // A name that cannot even be told in full.
    const std::string huge = "/not there/" + std::string(5'000, 'x') + ".svg";
    CHECK_THAT(error_of_write<std::system_error>(timeline, huge), Contains("/not there/xxx"));
}

TEST_CASE("offsets of one rank that do not follow each other are an error on all, with the rank") {
    Timeline timeline{64};
    std::vector<TimelineClockOffset> earlier;
    if (rank() == 1) {
        earlier.push_back({.at = timeline.now() + 1h, .offset = 0s});
    }
    const SharedFile file{".svg"};
    CHECK_THAT(error_of_write<std::invalid_argument>(timeline, file.path, {}, earlier),
               Contains("of rank 1: juggle: Timeline::add: argument 'offsets'"));
    CHECK_FALSE(std::filesystem::exists(file.path));
}

TEST_CASE("an intercommunicator is refused") {
    MPI_Comm half = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, rank() == 0 ? 0 : 1, 0, &half);
    MPI_Comm both = MPI_COMM_NULL;
    MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, rank() == 0 ? 1 : 0, 0, &both);
    Timeline timeline{64};
    CHECK_THROWS_WITH(mpi::write_timeline(both, timeline, "run.svg"),
                      Contains("mpi::write_timeline: argument 'communicator'"));
    CHECK_THROWS_WITH((void)mpi::clock_offset(both, timeline), Contains("intercommunicator"));
    MPI_Comm_free(&both);
    MPI_Comm_free(&half);
}

MPI_TEST_CASE("a program's own messages and those of the picture do not meet") {
    Timeline timeline{64};
    timeline.command("queue", "work", timeline.now(), timeline.now());
    int number = 0;
    const int next = (rank() + 1) % ranks();
    const mpi::Event received =
        mpi::start(MPI_Irecv, &number, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD);
    const SharedFile file{".svg"};
    mpi::write_timeline(MPI_COMM_WORLD, timeline, file.path);
    const int sent = 10 + rank();
    const mpi::Event sending = mpi::start(MPI_Isend, &sent, 1, MPI_INT, next, 0, MPI_COMM_WORLD);
    co_await received;
    co_await sending;
    CHECK(number == 10 + (rank() + ranks() - 1) % ranks());
}
