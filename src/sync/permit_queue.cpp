#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/sync/permit_queue.hpp>
#include <juggle/semaphore.hpp>

#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void PermitQueue::describe(const PermitWaiter& waiter, WaitReport& report) const {
    const auto permits = [](std::size_t count) { return counted(count, "permit"); };
    report.what = permits(waiter.count_) + " of semaphore " + label_.text() + " (" +
                  std::to_string(available_) + " of " + std::to_string(permits_) +
                  (available_ == 1 ? " is there)" : " are there)");
    if (const PermitWaiter* ahead = IntrusiveList<PermitWaiter>::before(waiter)) {
        report.add(ahead->coroutine().task().key(),
                   [&] { return "stands before it, and waits for " + permits(ahead->count_); });
        return;
    }
    report.any = true;
    // Its own come last: if others could give some back, it waits for those.
    const TaskKey own = waiter.coroutine().task().key();
    for (const bool own_ones : {false, true}) {
        for (const RingLink* link = taken_.behind; link != &taken_ && report.takes_more();
             link = link->behind) {
            const auto& taken = static_cast<const TakenPermits&>(*link);
            const Holder& holder = taken.holder_;
            if ((holder.task() == own) != own_ones) {
                continue;
            }
            report.add(
                holder.task(),
                [&] {
                    return (holder.task() == 0 ? "somebody outside of all tasks " : std::string{}) +
                           (holder.is_sure() ? "holds " : "took, and has moved since, ") +
                           permits(taken.count_) + ", acquired at " +
                           juggle::detail::describe(taken.acquired_at_);
                },
                holder.is_sure());
        }
    }
}

void PermitQueue::join(PermitWaiter& waiter) noexcept {
    waiters_.push_back(waiter);
    is_wanted_ = true;
}

void PermitQueue::leave(PermitWaiter& waiter) noexcept {
    check_thread("a stop request");
    waiters_.remove(waiter);
    waiter.wake();
    serve();
}

void PermitQueue::wrong_thread(const char* function) const noexcept {
    misuse_from_thread(function, "semaphore", label_);
}

void PermitQueue::tell_level() const noexcept {
    current_observer->permits_changed(label_, permits_ - available_, permits_);
}

void PermitQueue::tell_given_back(std::size_t count) noexcept {
    given_back_ += count;
    tell_level();
    current_observer->served(label_, given_back_);
}

void PermitQueue::serve() noexcept {
    if (serving_) {
        return;  // a waiter left because `try_commit` was asked below
    }
    serving_ = true;
    while (!waiters_.empty() && waiters_.first()->count_ <= available_) {
        PermitWaiter& next = *waiters_.first();
        waiters_.remove(next);
        available_ -= next.count_;
        if (next.try_commit()) {
            next.grant();
            level_changed();
            next.wake();
        } else {
            available_ += next.count_;
            next.abort();
        }
    }
    serving_ = false;
}

void PermitQueue::note_given_back() noexcept {
    serve();
    is_wanted_ = !waiters_.empty() || semaphore_is_gone_;
    if (semaphore_is_gone_ && idle()) {
        delete this;
    }
}

void PermitQueue::semaphore_goes() noexcept {
    if (idle()) {
        delete this;
        return;
    }
    if (has_checks && !(current_loop != nullptr && current_loop->abandoning())) {
        misuse_by_destruction(waiters_.empty()
                                  ? "juggle: a Semaphore was destroyed while permits of it are out"
                                  : "juggle: a Semaphore was destroyed while a task waits for it");
    }
    semaphore_is_gone_ = true;
    is_wanted_ = true;
}

}  // namespace juggle::detail
