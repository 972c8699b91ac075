// expect: insufficient contextual information to determine type
#include <juggle/juggle.hpp>

template <class T>
juggle::Task<juggle::TaskId> asks(T /*value*/) {
    const juggle::TaskId id = (co_await juggle::current_environment()).task_id();
    co_return id;
}
juggle::Task<juggle::TaskId> asked() { return asks(1); }
