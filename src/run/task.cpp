#include <juggle/detail/base/report.hpp>
#include <juggle/detail/combine/range_branches.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/outcome.hpp>
#include <juggle/task.hpp>

#include <exception>
#include <source_location>
#include <stdexcept>
#include <string>

namespace juggle::detail {

void throw_empty_task(const char* where) {
    throw std::logic_error{"juggle: " + std::string{where} +
                           " is empty (default-constructed, moved from, or awaited before)"};
}

void throw_empty_argument(const char* function) {
    throw_empty_task((std::string{function} + ": a task among the arguments").c_str());
}

void throw_awaited_twice(const char* function) {
    throw std::logic_error{"juggle: " + std::string{function} + ": awaited a second time"};
}

void throw_no_failure() {
    throw std::invalid_argument{"juggle: Outcome::failure: argument 'error' is null"};
}

void throw_no_window() {
    throw std::invalid_argument{"juggle: when_all_windowed: argument 'most' is 0"};
}

void throw_empty_range() {
    throw std::invalid_argument{"juggle: when_any: argument 'range' is empty"};
}

void throw_not_joinable(const char* why) {
    throw std::logic_error{"juggle: co_await JoinHandle: " + std::string{why}};
}

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
