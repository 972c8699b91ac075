// expect: this refers to temporaries: await it in the expression that made it
#include <juggle/juggle.hpp>

juggle::Task<> wait() {
    auto sleeping =
        juggle::timeout(std::chrono::seconds{1}, juggle::sleep_for(std::chrono::seconds{1}));
    co_await sleeping;
}
