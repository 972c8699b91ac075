#include <juggle/detail/run/promise_base.hpp>
#include <juggle/detail/run/waiter.hpp>

namespace juggle::detail {

void PromiseBase::resume_unless_cancelled(PostNode& node) noexcept {
    auto& self = static_cast<PromiseBase&>(node);
    self.task_->has_its_turn();
    if (self.task_->only_wait->cancelled()) {
        self.task_->end_cancelled();
    } else {
        self.frame_.resume();
    }
}

}  // namespace juggle::detail
