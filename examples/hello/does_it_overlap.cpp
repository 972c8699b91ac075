// A timeline records a run, draws it, and says which stage limits it.
#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

struct Pipeline {
    juggle::Executor& executor;
    juggle::Timeline& timeline;
    juggle::Resource<void> upload{"upload"};
    juggle::Resource<void> compute{"compute"};
};

juggle::Task<> work(Pipeline& p, juggle::Resource<void>& device, std::chrono::milliseconds length) {
    auto turn = co_await device.acquire();
    const juggle::TimePoint start = p.executor.now();
    co_await juggle::sleep_for(length);  // the device works
    p.timeline.command(&device == &p.upload ? "upload" : "compute", "work", start,
                       p.executor.now());
    turn.ready();
}

juggle::Task<> process(Pipeline& p) {
    co_await work(p, p.upload, 2ms);
    co_await work(p, p.compute, 5ms);
}

juggle::Task<> stream(Pipeline& p) {
    juggle::JobQueue jobs{"jobs", 3};
    for (int chunk = 0; chunk < 10; ++chunk) {
        co_await jobs.push(process(p));
    }
    co_await jobs.finish();
}

int main() {
    juggle::ManualClock clock;  // exact, for once; leave it out for real time
    juggle::Timeline timeline{1024, &clock};
    juggle::Executor executor{{.observer = &timeline, .clock = &clock}};
    Pipeline pipeline{executor, timeline};
    executor.run(stream(pipeline));
    timeline.write("run.html", {.title = "two stages"});
    std::printf("%s", timeline.summary().text().c_str());
}

// prints:
// 52 ms with 10 chunks, one every 5.2 ms
//
// lane     kind       busy  share  steady  gaps   idle  longest    at  waited for
// upload   queue *   20 ms   38 %    49 %     7  19 ms     3 ms  9 ms
// compute  queue *   50 ms   96 %   100 %     0
// upload   resource  20 ms   38 %    49 %     7  19 ms     3 ms  9 ms        4 ms
// compute  resource  50 ms   96 %   100 %     0                             43 ms
//
// compute is busy 96 %: the pipeline is limited by it; the next is upload at 38 %.
// compute is the resource that is waited for longest: 83 % of the time; it is held 96 %.
// On average 1.35 lanes were at work at one time; 1.4 would be if compute never paused.
// A chunk took 15 ms (median); 90 % took at most 15 ms, 99 % at most 15 ms, the longest 15 ms.
// * timed by the host, from submission to completion: what waits in the queue counts as busy.
