#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/task.hpp>
#include <juggle/task_id.hpp>
#include <juggle/unhandled_exception.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

class GroupAwaiter;
class GroupMembers;

/// A task of a group, as the group sees it.
class GroupMember : public ListNode, public EndListener {
public:
    GroupMember(GroupMembers& group, SpawnedTask& record) noexcept
        : EndListener{&GroupMember::ended}, group_{&group}, record_{record} {}

    [[nodiscard]] SpawnedTask& record() const noexcept { return record_; }

    /// The group has forgotten it.
    void leave() noexcept { group_ = nullptr; }

protected:
    ~GroupMember();

private:
    static void ended(EndListener& listener) noexcept;

    GroupMembers* group_;
    SpawnedTask& record_;
};

template <class T>
class GroupMemberOf : public SpawnedTask, public GroupMember {
public:
    GroupMemberOf(Loop& loop, GroupMembers& group, std::source_location where,
                  RecordFunction function) noexcept
        : SpawnedTask{loop, where, result, function}, GroupMember{group, *this} {
        joiner = this;
    }

    Result<T> result;

protected:
    ~GroupMemberOf() = default;
};

/// The running tasks of a `TaskGroup`, and what is left of those that have ended.
class JUGGLE_EXPORT GroupMembers {
public:
    explicit GroupMembers(std::source_location made_at) noexcept : made_at_{made_at} {}
    ~GroupMembers();
    GroupMembers(const GroupMembers&) = delete;
    GroupMembers& operator=(const GroupMembers&) = delete;

    template <template <class> class Record, class T, class... Name>
    TaskId spawn(Task<T> task, std::source_location where, Name&&... name) {
        if (!task) {
            throw_empty_task("TaskGroup::spawn: argument 'task'");
        }
        auto* member =
            new Record<GroupMemberOf<T>>{std::forward<Name>(name)..., loop(), *this, where};
        members_.push_back(*member);
        ++size_;
        member->start(TaskAccess::release_to(*member, task));
        if (stopping_) {
            member->request_stop();
        }
        return member->id();
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Asks those that run to stop, once, and those that come.
    void stop() noexcept;

    /// The first failure, with which the group is as new.
    [[nodiscard]] std::exception_ptr start_over() noexcept {
        stopping_ = false;
        if (!failure_) {
            return nullptr;
        }
        std::exception_ptr first = failure_->exception;
        failure_.reset();
        return first;
    }

private:
    friend GroupMember;
    friend GroupAwaiter;

    [[nodiscard]] static Loop& loop();
    void ended(GroupMember& member) noexcept;
    void forget(GroupMember& member) noexcept {
        members_.remove(member);
        member.leave();
        --size_;
    }

    IntrusiveList<GroupMember> members_;
    std::size_t size_ = 0;
    GroupAwaiter* joiner_ = nullptr;
    std::optional<UnhandledException> failure_;  // the first one
    bool stopping_ = false;
    std::source_location made_at_;
};

/// `TaskGroup::join`; or the wait for the end alone, which allocates nothing: it does not take the
/// failure, and a stop request is for the next await.
class JUGGLE_EXPORT GroupAwaiter final : public Waiter {
public:
    enum class For : std::uint8_t { result, end };

    explicit GroupAwaiter(GroupMembers& members, For what = For::result) noexcept
        : members_{&members}, end_only_{what == For::end} {}
    ~GroupAwaiter() {
        if (members_ != nullptr && members_->joiner_ == this) {
            members_->joiner_ = nullptr;
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return members_->size() == 0; }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        begin(coroutine.promise());
        return true;
    }

    void await_resume();

    void tell(WaitReport& report) const override { describe_wait(report); }

private:
    void describe_wait(WaitReport& report) const;
    friend GroupMembers;

    void begin(PromiseBase& coroutine);
    void on_cancel() noexcept override { pass_stop_on(); }
    void pass_stop_on() noexcept;
    void member_ended(const SpawnedTask& member) noexcept {
        stop_noticed_ = stop_noticed_ || (members_were_asked_ && !member.stop_pending());
    }

    GroupMembers* members_;  // null: destroyed, and nothing will come
    bool end_only_;
    bool stop_passed_on_ = false;
    bool members_were_asked_ = false;  // to stop, by that request
    bool stop_noticed_ = false;        // by one of them
    bool stop_for_later_ = false;
};

inline void GroupMember::ended(EndListener& listener) noexcept {
    auto& self = static_cast<GroupMember&>(listener);
    self.group_->ended(self);
}

inline GroupMember::~GroupMember() {
    if (group_ != nullptr) {  // destroyed with its executor
        group_->forget(*this);
    }
}

}  // namespace juggle::detail
