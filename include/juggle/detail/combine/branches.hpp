#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/task.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

class Branches;

/// A part of a task that runs beside others, as the one that waits for them sees it.
class Branch : public SpawnedTask, public ListNode, public EndListener {
public:
    /// Its position among the arguments or in the range.
    [[nodiscard]] std::size_t index() const noexcept { return index_; }

    [[nodiscard]] bool failed() const noexcept { return outcome().has_error(); }
    [[nodiscard]] std::exception_ptr error() const noexcept { return outcome().error(); }

    /// It goes on later, beside others.
    void set_owner(Branches& owner) noexcept {
        owner_ = &owner;
        listen(&Branch::ended);
        joiner = this;
    }

protected:
    Branch(SpawnedTask& parent, ResultBase& outcome, RecordFunction record,
           std::size_t index) noexcept
        : SpawnedTask{parent, outcome, record}, ListNode{NeverLookedFor{}}, index_{index} {}
    ~Branch() = default;

private:
    static void ended(EndListener& listener) noexcept;

    std::size_t index_;
    Branches* owner_;  // NOLINT(cppcoreguidelines-pro-type-member-init): set if it goes on later
};

/// One that gives a `T`.
template <class T>
class BranchOf : public Branch {
public:
    BranchOf(SpawnedTask& parent, std::size_t index, RecordFunction record) noexcept
        : Branch{parent, result, record, index} {}

    Result<T> result;

protected:
    ~BranchOf() = default;
};

/// One that lives in the awaiter.
template <class T>
class EmbeddedBranch final : public BranchOf<T> {
public:
    EmbeddedBranch(SpawnedTask& parent, std::size_t index) noexcept
        : BranchOf<T>{parent, index, &EmbeddedBranch::stay} {}
    ~EmbeddedBranch() = default;

private:
    static const Label* stay(SpawnedTask&, SpawnedTask::Asked) noexcept { return nullptr; }
};

/// Waits until all parts of a task that run beside each other have ended, whatever happens: a stop
/// request is passed on to them, and takes effect when they have seen it.
class JUGGLE_EXPORT Branches : public Waiter {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }

    void tell(WaitReport& report) const final { describe_wait(report); }

    void branch_ended(Branch& branch) noexcept {
        running_.remove(branch);
        end_of(branch);
        if (waiting_ && !starting_ && running_.empty()) {
            wake();
        }
    }

protected:
    /// While it lives branches are started that may end at once; they do not end the wait.
    class Starting {
    public:
        explicit Starting(Branches& branches) noexcept : branches_{branches} {
            branches_.starting_ = true;
        }
        ~Starting() { branches_.starting_ = false; }
        Starting(const Starting&) = delete;
        Starting& operator=(const Starting&) = delete;

    private:
        Branches& branches_;
    };
    [[nodiscard]] bool starting() const noexcept { return starting_; }

    Branches() = default;
    ~Branches() = default;

    [[nodiscard]] SpawnedTask& parent() const noexcept { return *parent_; }
    /// Throws `std::logic_error` if it was awaited before.
    void begin(PromiseBase& coroutine, const char* function) {
        if (parent_ != nullptr) [[unlikely]] {
            throw_awaited_twice(function);
        }
        parent_ = &coroutine.task();
    }

    /// Runs the task as that branch, up to where it suspends for the first time. True: it has ended
    /// already, and `end_of` is to be called.
    template <class T>
    [[nodiscard]] bool start(BranchOf<T>& branch, Task<T>&& task) noexcept {
        beginning_ = &branch;
        const bool ended = branch.start_now(TaskAccess::release_to(branch, task));
        beginning_ = nullptr;
        if (ended) {
            branch.leave_ended(branch.result);
        } else {
            branch.set_owner(*this);
            running_.push_back(branch);
        }
        return ended;
    }
    void end_of(Branch& branch) noexcept {
        note_end(branch);
        one_ended(branch);
    }
    void note_end(const Branch& branch) noexcept {
        if (stop_passed_on_ && !answered_ && noticed(branch)) [[unlikely]] {
            stop_noticed_ = true;
        }
    }

    /// All have been started. False: all have ended as well.
    [[nodiscard]] bool wait(PromiseBase& coroutine) noexcept {
        if (running_.empty()) {
            return false;
        }
        waiting_ = true;
        if (!suspend(coroutine)) {  // a stop request was pending, and is taken now
            const bool stopped_before = stopped_;
            if (!stopped_before) {
                on_cancel();
            }
            (void)suspend(coroutine);
            if (stopped_before) {
                parent_->put_stop_back();
            }
        }
        return true;
    }

    /// Asks those that run to stop, but for one. They are asked once only: one that has begun to
    /// clean up is not disturbed.
    void stop_others(const SpawnedTask* winner = nullptr) noexcept {
        if (std::exchange(stopped_, true)) {
            return;
        }
        for (Branch* branch = running_.first(); branch != nullptr;
             branch = IntrusiveList<Branch>::after(*branch)) {
            if (branch != winner) {
                branch->request_stop();
            }
        }
        if (beginning_ != nullptr && beginning_ != winner) {
            beginning_->request_stop();
        }
    }
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }
    /// Time stops them, too.
    void has_deadline() noexcept { has_deadline_ = true; }

    /// No branch is told of stop requests.
    void keep_stops_back() noexcept { stopped_ = true; }

    /// What that one gives is what the task gets: whether it has noticed a stop request is what
    /// counts, whatever the others did.
    void answer_is_of(const Branch& branch) noexcept {
        answered_ = true;
        stop_noticed_ = noticed(branch);
    }
    [[nodiscard]] bool stop_passed_on() const noexcept { return stop_passed_on_; }
    /// The task itself has noticed the stop request.
    void notice_stop() noexcept { stop_noticed_ = true; }

    /// When the task goes on: a stop request that no part has noticed is for the next await.
    void return_unnoticed_stop() noexcept {
        if (stop_passed_on_ && !stop_noticed_) {
            parent_->put_stop_back();
        }
    }

    /// The same where nothing that the parts have thrown reaches the task.
    void return_stop() noexcept {
        if (stop_passed_on_) {
            parent_->put_stop_back();
        }
    }

private:
    void describe_wait(WaitReport& report) const;
    /// That one has ended, and is not among those that run any more.
    virtual void one_ended(Branch& branch) noexcept = 0;

    [[nodiscard]] bool noticed(const Branch& branch) const noexcept {
        return stop_passed_on_ && !branch.stop_pending();
    }

    /// Passes the stop request on.
    void on_cancel() noexcept final {
        if (stopped_) {
            parent_->put_stop_back();
            return;
        }
        stop_passed_on_ = true;
        stop_others();
    }

    SpawnedTask* parent_ = nullptr;
    IntrusiveList<Branch> running_;  // those that have been suspended
    Branch* beginning_ = nullptr;    // the one that has not
    bool waiting_ = false;
    bool starting_ = false;
    bool stopped_ = false;
    bool has_deadline_ = false;
    bool stop_passed_on_ = false;
    bool stop_noticed_ = false;
    bool answered_ = false;
};

inline void Branch::ended(EndListener& listener) noexcept {
    auto& self = static_cast<Branch&>(listener);
    self.owner_->branch_ended(self);
}

}  // namespace juggle::detail
