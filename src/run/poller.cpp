#include <juggle/bridge/poller.hpp>
#include <juggle/executor.hpp>

namespace juggle::inline JUGGLE_ABI::bridge {

Poller::Poller(Executor& executor) : executor_{&executor} {
    juggle::detail::Loop& loop = juggle::detail::LoopAccess::of(executor);
    loop.check_call("the constructor of a bridge::Poller");
    loop.add(*this);
}

Poller::~Poller() {
    if (executor_ != nullptr) {
        juggle::detail::LoopAccess::of(*executor_).remove(*this);
    }
}

}  // namespace juggle::bridge
