#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/combine/group_members.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

Loop& GroupMembers::loop() {
    if (current_loop == nullptr) {
        throw std::logic_error{"juggle: TaskGroup::spawn: called outside of an executor"};
    }
    return *current_loop;
}

GroupMembers::~GroupMembers() {
    Loop* loop = members_.empty() ? current_loop : &members_.first()->record().loop();
    if (failure_) {
        if (loop != nullptr) {
            loop->report(*failure_);
        } else {
            print(*failure_);
        }
    }
    if (joiner_ != nullptr) {
        joiner_->members_ = nullptr;
        if (has_checks && !joiner_->loop().abandoning()) {
            misuse_by_destruction("juggle: a TaskGroup was destroyed while a task waits for it");
        }
    }
    if (members_.empty()) {
        return;
    }
    if (!loop->abandoning()) {
        try {
            loop->report("juggle: a TaskGroup, made at " + describe(made_at_) +
                         ", was not joined: " + std::to_string(size_) +
                         (size_ == 1 ? " of its tasks was asked to stop and goes on without it"
                                     : " of its tasks were asked to stop and go on without it"));
        } catch (...) {
            loop->report("juggle: a TaskGroup was not joined, and no memory to say more");
        }
    }
    while (!members_.empty()) {
        GroupMember& member = *members_.first();
        forget(member);
        member.record().joiner = nullptr;
        member.record().request_stop();
    }
}

void GroupMembers::stop() noexcept {
    if (std::exchange(stopping_, true)) {
        return;
    }
    for (GroupMember* member = members_.first(); member != nullptr;
         member = IntrusiveList<GroupMember>::after(*member)) {
        if (!member->record().asked_with_all()) {
            member->record().request_stop();
        }
    }
}

void GroupMembers::ended(GroupMember& member) noexcept {
    forget(member);
    SpawnedTask& record = member.record();
    if (joiner_ != nullptr) {
        joiner_->member_ended(record);
    }
    if (const std::exception_ptr& error = record.outcome().error()) {
        if (!failure_ && !(record.stop_requested() && is_cancelled(error))) {
            failure_ = record.unhandled();
            record.result_taken();
            stop();
        }
    }
    if (size_ == 0 && joiner_ != nullptr) {
        std::exchange(joiner_, nullptr)->wake();
    }
}

void GroupAwaiter::begin(PromiseBase& coroutine) {
    if (members_->joiner_ != nullptr) {
        throw std::logic_error{"juggle: TaskGroup::join: another task awaits this group already"};
    }
    if (!suspend(coroutine)) {  // a stop request was pending, and is taken now
        pass_stop_on();
        (void)suspend(coroutine);
    }
    members_->joiner_ = this;
}

void GroupAwaiter::describe_wait(WaitReport& report) const {
    if (members_ == nullptr) {
        report.what = "the tasks of a group that was destroyed";
        return;
    }
    const GroupMembers& members = *members_;
    report.what = "the end of " + counted(members.size_, "task") + " of the group made at " +
                  juggle::detail::describe(members.made_at_);
    for (const GroupMember* member = members.members_.first(); member != nullptr;
         member = IntrusiveList<GroupMember>::after(*member)) {
        report.add(member->record().key(), "is one of them");
    }
}

void GroupAwaiter::pass_stop_on() noexcept {
    if (members_ == nullptr) {
        stop_passed_on_ = true;
        wake();
        return;
    }
    if (end_only_ || members_->failure_) {
        stop_for_later_ = true;
        return;
    }
    stop_passed_on_ = true;
    members_were_asked_ = !members_->stopping_;
    members_->stop();
}

void GroupAwaiter::await_resume() {
    if (stop_for_later_) {
        coroutine().task().put_stop_back();
    }
    if (end_only_) {
        return;
    }
    if (std::exception_ptr failure = members_ == nullptr ? nullptr : members_->start_over()) {
        if (stop_passed_on_ && !stop_noticed_) {
            coroutine().task().put_stop_back();
        }
        std::rethrow_exception(std::move(failure));
    }
    if (stop_passed_on_) {
        throw Cancelled{};
    }
}

}  // namespace juggle::detail
