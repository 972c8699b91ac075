#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>

#include <new>

namespace juggle::detail {

void SpawnedTask::turn(PostNode& node) noexcept {
    auto& task = static_cast<SpawnedTask&>(node);
    if (task.started_) {
        task.end();
    } else if (task.take_stop()) {
        task.end_cancelled();
    } else {
        task.started_ = true;
        task.has_its_turn();
        task.frame_.resume();
    }
}

void SpawnedTask::start_now(std::coroutine_handle<> frame) noexcept {
    if (!Loop::nest()) {
        start(frame);
        return;
    }
    frame_ = frame;
    started_ = true;
    starting_now_ = true;
    const TaskKey outer = std::exchange(running_task, key_);
    SpawnedTask* const outer_record = exchange_running_record(this);
    if (Observer* observer = current_observer; observer == nullptr) [[likely]] {
        frame.resume();
    } else {
        SpawnedTask* const before = observer->task_resumed(this);
        frame.resume();
        observer->task_resumed(before);
    }
    running_task = outer;
    (void)exchange_running_record(outer_record);
    Loop::unnest();
    if (std::exchange(starting_now_, false)) {
        return;  // suspended somewhere
    }
    end();
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
#if JUGGLE_CHECKS
    tickets.clear();
#endif
    destroy_frame();
    loop_->task_ended();
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
    if (!outcome().has_value()) {
        destroy_ended_frame(loop_, std::exchange(frame_, nullptr), outcome());
    }
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
