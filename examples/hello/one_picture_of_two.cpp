// Two machines record what they do, each by its own clock, and make one picture of it.
#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

/// What one machine does, as bytes to be sent to the other.
std::string recorded(juggle::Clock& clock, const char* work) {
    juggle::Timeline timeline{1024, &clock};
    juggle::Executor executor{{.observer = &timeline, .clock = &clock}};
    executor.run(
        [](juggle::Executor& ours, juggle::Timeline& shown, const char* name) -> juggle::Task<> {
            for (unsigned chunk = 0; chunk < 3; ++chunk) {
                const juggle::TimePoint start = ours.now();
                co_await juggle::sleep_for(4ms);
                shown.chunk(chunk);
                shown.command(name, "work", start, ours.now());
            }
        }(executor, timeline, work));
    return timeline.recording();
}

int main() {
    juggle::ManualClock here;
    juggle::ManualClock there;
    there.advance(1h);  // it has counted for longer
    // Asked for its time, "there" answers within 200 us: by half of that the offset may be wrong.
    const juggle::TimelineClockOffset offset{
        .at = there.now(), .offset = here.now() - there.now(), .error = 100us};

    there.advance(4ms);  // the first chunk has come

    juggle::Timeline all;
    all.add(recorded(here, "capture"), "telescope");
    all.add(recorded(there, "correlate"), "computer", {&offset, 1});
    all.write("both.html");
    const juggle::TimelineSummary summary = all.summary();
    for (const juggle::TimelineSummary::Lane& lane : summary.lanes) {
        std::printf("%s: %.0f ms\n", lane.name.c_str(),
                    std::chrono::duration<double, std::milli>{lane.busy}.count());
    }
    std::printf("clocks agree to within %.0f us\n",
                std::chrono::duration<double, std::micro>{*summary.clock_error}.count());
    std::printf("from the first to the last %.0f ms\n",
                std::chrono::duration<double, std::milli>{summary.length}.count());
}

// prints:
// telescope: capture: 12 ms
// computer: correlate: 12 ms
// clocks agree to within 100 us
// from the first to the last 16 ms
