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
    std::printf("%s", all.summary().text().c_str());
}

// prints:
// 16 ms with 3 chunks, one every 5.33 ms
//
// lane                 kind      busy  share  steady  gaps  idle  longest  at
// telescope: capture   queue *  12 ms   75 %   100 %     0
// computer: correlate  queue *  12 ms   75 %   100 %     0
//
// telescope: capture is busy 75 %, and 100 % without filling and draining: the pipeline is limited by it; the next is computer: correlate at 75 %.
// On average 1.5 lanes were at work at one time; 2 would be if telescope: capture never paused.
// A chunk took 8 ms (median); 90 % took at most 8 ms, 99 % at most 8 ms, the longest 8 ms.
// * timed by the host, from submission to completion: what waits in the queue counts as busy.
// Clocks agree to within 100 µs.
