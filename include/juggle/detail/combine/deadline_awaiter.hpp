#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/combine/single_branch.hpp>
#include <juggle/timed_out.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <utility>
#include <variant>

namespace juggle::inline JUGGLE_ABI::detail {

/// Awaits something, and stops it when the time has come.
template <class KeptType>
class DeadlineAwaiter final : public SingleBranch<KeptType>, private Timer {
public:
    using When = std::variant<TimePoint, std::chrono::nanoseconds>;

    template <class Argument>
    DeadlineAwaiter(const char* function, When when, Argument&& argument)
        : SingleBranch<KeptType>{function, std::forward<Argument>(argument)},
          Timer{&DeadlineAwaiter::fired}, when_{when} {
        this->has_deadline();
    }
    ~DeadlineAwaiter() { disarm(); }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        if (!this->start_it(coroutine.promise())) {
            return false;
        }
        loop_ = &this->loop();
        const auto* due = std::get_if<TimePoint>(&when_);
        loop_->timers().insert(*this, due != nullptr ? *due : loop_->after(std::get<1>(when_)));
        return true;
    }

    ValueOf<KeptType> await_resume() {
        disarm();
        this->return_unnoticed_stop();
        if (timed_out_ && is_cancelled(this->outcome().error())) {
            throw TimedOut{};
        }
        return this->outcome().take();
    }

private:
    static void fired(Timer& timer) noexcept {
        auto& self = static_cast<DeadlineAwaiter&>(timer);
        if (!self.stopped()) {
            self.timed_out_ = true;
            self.stop_others();
        }
    }

    void disarm() noexcept {
        if (armed()) {
            loop_->timers().remove(*this);
        }
    }

    When when_;
    Loop* loop_ = nullptr;  // the awaiting coroutine may be gone before this
    bool timed_out_ = false;
};

}  // namespace juggle::detail
