#include "programs.hpp"

#include <juggle/juggle.hpp>

namespace stuck {

namespace {

// [cycle]
juggle::Task<> copy(juggle::Resource<int>& from, juggle::Resource<int>& to) {
    auto source = co_await from.acquire();
    co_await juggle::yield();  // any await will do: now the other task has its first one, too
    auto target = co_await to.acquire();
    *target = *source;
    source.ready();
    target.ready();
}
// [/cycle]

}  // namespace

juggle::Task<> cycle() {
    juggle::Resource<int> left{"left", 1};
    juggle::Resource<int> right{"right", 2};
    co_await juggle::when_all(copy(left, right), copy(right, left));
}

}  // namespace stuck
