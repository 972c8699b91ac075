#include "description.hpp"

#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/destroy_in_bounds.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/task_promise.hpp>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

[[noreturn]] void throw_no_value(const PromiseBase& coroutine) {
    std::string text = "juggle: the Task ";
    if (const PromiseBase* parent = coroutine.parent()) {
        text += "awaited at " + describe(parent->awaiting_at());
    } else {
        text += "spawned at " + describe(coroutine.task().spawned_at());
    }
    text += " was to give a value and ended without a co_return";
    if (coroutine.awaiting_at().line() != 0) {
        text += " (its last co_await: " + describe(coroutine.awaiting_at()) + ")";
    }
    throw std::logic_error{text};
}

}  // namespace

#if JUGGLE_CHECKS
void TaskPromiseBase::report_unawaited() const noexcept {
    // The arguments of a task that goes have gone with it.
    if (excused_ || is_destroying_in_bounds() || is_unwinding() || exits_from_task()) {
        return;
    }
    Loop* const loop = current_loop;
    if (loop != nullptr && (loop->failure() || loop->abandoning())) {
        return;
    }
    if (running_record != nullptr && running_record->stop_requested()) {
        return;
    }
    const auto tell = [loop](std::string_view text) noexcept {
        if (loop != nullptr) {
            loop->report(text);
        } else {
            print(text);
        }
    };
    try {
        tell("juggle: the Task of " + function_name(defined_at_.function_name()) + " (" +
             describe(defined_at_) + ") was never awaited, run or spawned" +
             (running_record == nullptr ? "" : ", and dropped by " + running_record->text()));
    } catch (const std::bad_alloc&) {
        tell("juggle: a Task was never awaited, and no memory to say which");
    }
}
#endif

void TaskPromiseBase::unhandled_exception() noexcept {
    outcome_->set_error(std::current_exception());
    loop().set_cause(outcome_->error());
}

void TaskPromiseBase::ended_without_value() noexcept {
    if (outcome_->has_error()) {
        return;
    }
    try {
        throw_no_value(*this);
    } catch (...) {
        outcome_->set_error(std::current_exception());
    }
}

}  // namespace juggle::detail
