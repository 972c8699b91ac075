// expect: pass it as an rvalue
#include <juggle/juggle.hpp>

juggle::Task<> wait_for(juggle::Task<>& task) { co_await juggle::when_all(task, juggle::yield()); }
