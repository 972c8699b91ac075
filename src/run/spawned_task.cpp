#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>

#include <new>

namespace juggle::inline JUGGLE_ABI::detail {

void SpawnedTask::first_turn(PostNode& node) noexcept {
    auto& task = static_cast<SpawnedTask&>(node);
    if (task.take_stop()) [[unlikely]] {
        task.end_cancelled();
        return;
    }
    task.started_ = true;
    task.call_instead(&SpawnedTask::last_turn);
    if (current_observer != nullptr) [[unlikely]] {
        task.is_resumed();
    } else {
        task.has_its_turn();
    }
    task.frame_.resume();
}

void SpawnedTask::resume_observed() noexcept {
    Observer& observer = *current_observer;
    SpawnedTask* const before = observer.task_resumed(this);
    frame_.resume();
    observer.task_resumed(before);
}

void SpawnedTask::last_turn(PostNode& node) noexcept {
    auto& task = static_cast<SpawnedTask&>(node);
    if (!task.outcome_.has_value() || task.joiner != nullptr) {
        task.end();
        return;
    }
    task.leave_ended(task.outcome_);
    if (--task.owners_ == 0) {
        (void)task.record_(task, Asked::to_go);
    }
}

void SpawnedTask::request_stop() noexcept {
    if (ended()) {
        return;
    }
    loop_->check_call("request_stop");
    ++stop_requests_;
    stop_round_ = loop_->stop_round();
    if (waiting_in != nullptr) {
        waiting_in = nullptr;
        pass_stop_to_wait();
    } else {
        stop_pending_ = true;
    }
}

void SpawnedTask::pass_stop_to_wait() noexcept {
    Loop::NestedStops& stops = loop_->nested_stops();
    if (stops.nesting == Loop::deepest_nesting) {
        stops.left.push(*this);
        return;
    }
    ++stops.nesting;
    suspended_in->stop();
    while (stops.nesting == Loop::deepest_nesting && !stops.left.empty()) {
        auto& task = static_cast<SpawnedTask&>(stops.left.pop());
        if (task.suspended_in != nullptr) {
            task.suspended_in->stop();
        } else {
            task.stop_pending_ = true;  // it was woken first
        }
    }
    --stops.nesting;
}

void SpawnedTask::end() noexcept {
    ended_ = true;
    leave_ended(outcome());
    if (joiner != nullptr) {
        std::exchange(joiner, nullptr)->task_ended();
    }
    release();
}

void SpawnedTask::end_cancelled() noexcept {
    outcome().set_error(cancelled_exception());
    end();
}

void SpawnedTask::destroy_frame() noexcept {
    destroy_ended_frame(loop_, std::exchange(frame_, nullptr), outcome());
}

void SpawnedTask::note_innermost() noexcept {
    innermost = suspended_in == nullptr ? nullptr : &suspended_in->coroutine();
}

void SpawnedTask::destroy_inside(const PromiseBase* outer) noexcept {
    while (innermost != nullptr && innermost != outer && innermost->parent() != nullptr) {
        std::exchange(innermost, innermost->parent())->destroy_awaited();
    }
}

void SpawnedTask::cancel_wait() noexcept {
    if (waiting_in != nullptr) {
        std::exchange(waiting_in, nullptr)->stop();
    }
}

void SpawnedTask::abandon() noexcept {
    outcome().set_error(cancelled_exception());
    ended_ = true;
    ++stop_requests_;
    joiner = nullptr;
    destroy_inside(nullptr);
    std::exchange(frame_, nullptr).destroy();
    loop_->task_ended();
    release();
}

void SpawnedTask::report_if_lost() noexcept {
    const std::exception_ptr& error = outcome().error();
    if (stop_requested() && is_cancelled(error)) {
        return;
    }
    if (loop_ != nullptr) {
        loop_->report(unhandled());
    } else {
        print(unhandled());
    }
}

UnhandledException SpawnedTask::unhandled() const noexcept {
    UnhandledException unhandled{outcome().error(), id(), spawned_at_, {}};
    if (const Label* known = label()) {
        try {
            unhandled.name = known->name();
        } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): its number will do
        }
    }
    return unhandled;
}

const Label* SpawnedTask::label() const noexcept {
    const SpawnedTask* task = this;
    while (task->parent_ != nullptr) {
        task = task->parent_;
    }
    return task->own_label();
}

std::string SpawnedTask::text() const {
    std::string text = "task " + std::to_string(id().number);
    if (const Label* known = own_label()) {
        text.append(" ").append(known->text());
    }
    return text;
}

}  // namespace juggle::detail
