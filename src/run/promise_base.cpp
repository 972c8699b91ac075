#include <juggle/detail/run/destroy_in_bounds.hpp>
#include <juggle/detail/run/promise_base.hpp>
#include <juggle/detail/run/waiter.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

void PromiseBase::destroy_unawaited(std::coroutine_handle<> self) noexcept {
    frame_ = self;
    call_instead(&PromiseBase::destroy_frame);
    destroy_in_bounds(*this);
}

void PromiseBase::destroy_awaited() noexcept {
    if (state_ == State::owned) {
        static_cast<OwnedPromise&>(*this).destroy_with_awaiter();
        return;
    }
    Loop& loop = this->loop();
    const std::coroutine_handle<> frame = frame_;
    frame.destroy();
    loop.note_destroyed_child(frame.address());
}

void PromiseBase::destroy_child(std::coroutine_handle<> frame) noexcept {
    if (current_loop == nullptr || !current_loop->forget_destroyed_child(frame.address())) {
        frame.destroy();
    }
}

void PromiseBase::destroy_frame(PostNode& node) noexcept {
    static_cast<PromiseBase&>(node).frame_.destroy();
}

void PromiseBase::resume_observed() noexcept {
    task_->is_resumed();
    frame_.resume();
}

void PromiseBase::resume_unless_cancelled(PostNode& node) noexcept {
    auto& self = static_cast<PromiseBase&>(node);
    self.task_->is_resumed();
    if (self.task_->only_wait->cancelled()) {
        self.task_->end_cancelled();
    } else {
        self.frame_.resume();
    }
}

}  // namespace juggle::detail
