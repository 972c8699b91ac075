#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/task_promise.hpp>

#include <exception>
#include <stdexcept>
#include <string>

namespace juggle::detail {

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

void TaskPromiseBase::unhandled_exception() noexcept {
    outcome_->set_error(std::current_exception());
    loop().set_cause(outcome_->error());
}

void TaskPromiseBase::ended_without_value() noexcept {
    if (outcome_->error()) {
        return;
    }
    try {
        throw_no_value(*this);
    } catch (...) {
        outcome_->set_error(std::current_exception());
    }
}

}  // namespace juggle::detail
