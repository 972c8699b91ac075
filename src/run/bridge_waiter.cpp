#include <juggle/bridge/waiter.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <utility>

namespace juggle::bridge {

bool Waiter::begin(juggle::detail::PromiseBase& coroutine) {
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

void Waiter::complete() noexcept {
    if (cancelled()) {
        forget_cancellation();
    }
    end();
}

void Waiter::give_up() noexcept {
    if (!cancelled()) {
        juggle::detail::misuse("juggle: bridge::Waiter::give_up was called without a stop request");
    }
    end();
}

void Waiter::end() noexcept {
    switch (std::exchange(state_, State::ended)) {
        case State::starting:
            return;
        case State::stopping:
            loop().end_external_use();
            break;
        case State::waiting:
            break;
        case State::idle:
        case State::ended:
            juggle::detail::misuse(
                "juggle: a bridge::Waiter was ended that does not wait: complete, "
                "post_completion and give_up are for one call in a wait, from start on");
    }
    wake();
}

void Waiter::posted(PostNode& node) noexcept { static_cast<Waiter&>(node).complete(); }

void Waiter::stop_requested() noexcept {
    if (state_ == State::starting) {
        return;
    }
    // Until it has ended somebody else may hold it.
    state_ = State::stopping;
    loop().begin_external_use();
    cancel();
}

void Waiter::describe_wait(juggle::detail::WaitReport& report) const { report.what = describe(); }

}  // namespace juggle::bridge
