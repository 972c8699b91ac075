#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <sstream>

juggle::Task<> answer(juggle::Timeline& timeline) {
    const auto span = timeline.span("thinking");
    co_await juggle::yield();
}

int main() {
    juggle::Timeline timeline;
    juggle::Executor executor{{.observer = &timeline}};
    executor.run(answer(timeline));
    std::ostringstream page;
    timeline.write_html(page);
    return page.str().find("thinking") != std::string::npos ? 0 : 1;
}
