#include <juggle/bridge/waiter.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::bridge {

using State = detail::WaiterState;

void detail::WaiterPost::arrived(PostNode& node) noexcept {
    static_cast<WaiterPost&>(node).waiter_.complete();
}

bool Waiter::begin(juggle::detail::PromiseBase& coroutine) {
    if (waits()) {
        throw std::logic_error{
            "juggle: a bridge::Waiter is awaited in which another task waits, for " + describe()};
    }
    if (std::exchange(state_, State::starting) == State::ended) {
        reset();
    }
    if (!suspend(coroutine)) {
        state_ = State::ended;
        return false;
    }
    try {
        start();
    } catch (...) {
        coroutine.task().waits_no_more();
        if (cancelled()) {
            forget_cancellation();
        }
        state_ = State::ended;
        throw;
    }
    if (state_ == State::ended) {
        coroutine.task().waits_no_more();
        return false;
    }
    state_ = State::waiting;
    if (cancelled()) {  // `start` has asked its own task to stop
        stop_requested();
    }
    return true;
}

void Waiter::check_waits(const char* function) const noexcept {
    if (!waits()) {
        juggle::detail::misuse("juggle: bridge::Waiter::" + std::string{function} +
                               " was called, and no task waits: the wait has not begun, or has "
                               "ended already");
    }
}

void Waiter::misuse_by_destruction() noexcept {
    juggle::detail::misuse_by_destruction(
        "juggle: a bridge::Waiter was destroyed while a task waits in it");
}

void Waiter::complete() noexcept {
    check_waits("complete");
    if (cancelled()) {
        forget_cancellation();
    }
    end();
}

void Waiter::give_up() noexcept {
    check_waits("give_up");
    if (!cancelled()) {
        juggle::detail::misuse("juggle: bridge::Waiter::give_up was called without a stop request");
    }
    end();
}

bool Waiter::try_commit() noexcept {
    check_waits("try_commit");
    return juggle::detail::Waiter::try_commit();
}

void Waiter::end() noexcept {
    const State before = std::exchange(state_, State::ended);
    if (before == State::starting) {
        return;
    }
    if (before == State::stopping) {
        loop().end_external_use();
    }
    wake();
}

void Waiter::stop_requested() noexcept {
    if (state_ == State::starting) {
        return;
    }
    // Until it has ended somebody else may hold it.
    state_ = State::stopping;
    loop().begin_external_use();
    cancel();
}

void Waiter::describe_wait(juggle::detail::WaitReport& report) const {
    try {
        report.what = describe();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (...) {
        report.what = "something that cannot be described";
    }
}

}  // namespace juggle::bridge
