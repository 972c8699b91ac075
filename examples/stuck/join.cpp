#include "programs.hpp"

#include <juggle/juggle.hpp>

namespace stuck {

namespace {

// [join]
juggle::Task<> wait_for_all(const juggle::JoinHandle<>& all) {
    co_await juggle::yield();
    co_await all;
}
// [/join]

}  // namespace

juggle::Task<> join() {
    juggle::JoinHandle<> all;
    all = juggle::Executor::current()->spawn(wait_for_all(all));
    juggle::AsyncEvent over{"over"};
    co_await over;
}

}  // namespace stuck
