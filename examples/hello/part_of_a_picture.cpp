// A picture shows the part of a run that is of interest; a page has all of it.
#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>

using namespace std::chrono_literals;

juggle::Task<> work(juggle::Timeline& timeline) {
    const auto span = timeline.span("work");
    co_await juggle::sleep_for(5ms);
}

juggle::Task<> stream(juggle::Timeline& timeline) {
    juggle::JobQueue jobs{2};
    for (int chunk = 0; chunk < 6; ++chunk) {
        co_await jobs.push(work(timeline));
    }
    co_await jobs.finish();
}

int main() {
    juggle::Timeline timeline;
    juggle::Executor executor{{.observer = &timeline}};
    executor.run(stream(timeline));

    juggle::TimelineRenderOptions picture;
    picture.title = "two at a time";
    picture.from = 5ms;
    picture.length = 10ms;
    std::ofstream file{"part.svg"};
    timeline.write_svg(file, picture);
    timeline.write("whole.html");
    std::puts("part.svg and whole.html");
}

// prints:
// part.svg and whole.html
