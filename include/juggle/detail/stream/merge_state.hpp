#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/task_key.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/generator.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// Where one source of a merge leaves what it has, for the merged generator to take.
class MergeSlot : public ListNode {
public:
    Waiter* feeder = nullptr;  // waits until it is taken
    TaskKey task = 0;          // that feeds it; 0: not yet, or not any more
    const MergeSlot* next_source = nullptr;
    std::exception_ptr error;  // the source failed
    bool stopped = false;      // the source was stopped, behind its last element
};

/// With the source itself.
template <class T>
class MergeSlotOf : public MergeSlot {
public:
    /// Destroys the source, unless it runs or waits.
    void drop_source() noexcept {
        if (source && !GeneratorAccess::promise(source).pending()) {
            source = {};
        }
    }

    void put(GeneratorItem<T>&& element) {
        if constexpr (std::is_lvalue_reference_v<T>) {
            item = element;
        } else {
            // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the end is not put
            item.emplace(std::move(*element));
        }
    }

    Generator<T> source;
    GeneratorItem<T> item{};
};

/// What the merged generator and the tasks that feed it share, whatever the elements are. The
/// last of them destroys it.
class JUGGLE_EXPORT MergeState {
public:
    explicit MergeState(std::size_t sources) noexcept : running_{sources} {}
    MergeState(const MergeState&) = delete;
    MergeState& operator=(const MergeState&) = delete;

    // The sources.

    /// From now on the running task feeds the slot.
    void begin(MergeSlot& slot) noexcept {
        slot.task = running_task;
        *std::exchange(last_source_, &slot.next_source) = &slot;
    }

    /// The slot holds something.
    void arrive(MergeSlot& slot) noexcept {
        arrived_.push_back(slot);
        if (Waiter* waiter = std::exchange(consumer, nullptr)) {
            if (waiter->try_commit()) {
                waiter->wake();
            } else {
                waiter->abort();
            }
        }
    }
    void withdraw(MergeSlot& slot) noexcept {
        if (arrived_.contains(slot)) {
            arrived_.remove(slot);
        }
    }

    /// The source is gone. If it was stopped, that comes behind the element that it may have left.
    void end(MergeSlot& slot, bool stopped) noexcept {
        --running_;
        slot.task = 0;
        slot.stopped = stopped;
        if (stopped && !arrived_.contains(slot)) {
            arrive(slot);
        } else if (running_ == 0 && consumer != nullptr) {
            std::exchange(consumer, nullptr)->wake();
        }
    }

    // The merged generator.

    [[nodiscard]] bool has_arrived() const noexcept { return !arrived_.empty(); }
    [[nodiscard]] bool all_ended() const noexcept { return running_ == 0; }

    /// The first that has arrived; rethrows if that is an exception.
    [[nodiscard]] MergeSlot& take() {
        MergeSlot& slot = *arrived_.first();
        arrived_.remove(slot);
        if (slot.error) [[unlikely]] {
            std::exception_ptr error = std::exchange(slot.error, nullptr);
            go_on(slot);
            std::rethrow_exception(std::move(error));
        }
        return slot;
    }

    /// What the slot held has been taken: its source goes on.
    void go_on(MergeSlot& slot) noexcept {
        if (slot.feeder != nullptr) {
            std::exchange(slot.feeder, nullptr)->wake();
        } else if (slot.stopped && !arrived_.contains(slot)) {
            arrived_.push_back(slot);
        }
    }

    Waiter* consumer = nullptr;  // waits until something arrives, or all have ended

    void describe_sources(WaitReport& report) const;

private:
    IntrusiveList<MergeSlot> arrived_;
    const MergeSlot* first_source_ = nullptr;
    const MergeSlot** last_source_ = &first_source_;
    std::size_t running_;
};

/// A feeding task waits until its element, or its exception, is taken. Gives false if it was asked
/// to stop before; an element stays then.
class JUGGLE_EXPORT TakenAwaiter final : public Waiter {
public:
    TakenAwaiter(MergeState& state, MergeSlot& slot) noexcept : state_{state}, slot_{slot} {}
    ~TakenAwaiter() {
        if (slot_.feeder == this) [[unlikely]] {
            slot_.feeder = nullptr;
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        const bool suspended = suspend(coroutine.promise());
        if (suspended) {
            slot_.feeder = this;
        }
        state_.arrive(slot_);
        return suspended;
    }
    [[nodiscard]] bool await_resume() const noexcept { return !cancelled(); }

    void tell(WaitReport& report) const override { describe_wait(report); }

private:
    void describe_wait(WaitReport& report) const;
    void on_cancel() noexcept override {
        slot_.feeder = nullptr;
        wake();
    }

    MergeState& state_;
    MergeSlot& slot_;
};

/// The merged generator waits for what arrives next. Gives false if nothing will.
class JUGGLE_EXPORT ArrivalAwaiter final : public Waiter {
public:
    explicit ArrivalAwaiter(MergeState& state) noexcept : state_{state} {}
    ~ArrivalAwaiter() {
        if (state_.consumer == this) [[unlikely]] {
            state_.consumer = nullptr;
        }
    }

    [[nodiscard]] bool await_ready() const noexcept {
        return state_.has_arrived() || state_.all_ended();
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        if (!suspend(coroutine.promise())) {
            return false;
        }
        state_.consumer = this;
        return true;
    }
    [[nodiscard]] bool await_resume() const {
        throw_if_cancelled();
        return state_.has_arrived();
    }

    void tell(WaitReport& report) const override { describe_wait(report); }

private:
    void describe_wait(WaitReport& report) const;
    void on_cancel() noexcept override {
        state_.consumer = nullptr;
        wake();
    }

    MergeState& state_;
};

/// Waits until all sources are gone, which have been asked to stop. A stop request does not end
/// this, but is kept for the next await.
class JUGGLE_EXPORT AllEndedAwaiter final : public Waiter {
public:
    explicit AllEndedAwaiter(MergeState& state) noexcept : state_{state} {}
    ~AllEndedAwaiter() {
        if (state_.consumer == this) [[unlikely]] {
            state_.consumer = nullptr;
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return state_.all_ended(); }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        stop_was_pending_ = coroutine.promise().task().take_stop();
        state_.consumer = this;
        return suspend(coroutine.promise());  // always, now
    }
    void await_resume() const noexcept {
        if (stop_was_pending_ || cancelled()) {
            coroutine().task().put_stop_back();
        }
    }

    void tell(WaitReport& report) const override { describe_wait(report); }

private:
    void describe_wait(WaitReport& report) const;
    void on_cancel() noexcept override {
        if (loop().abandoning()) {
            state_.consumer = nullptr;
        }
    }

    MergeState& state_;
    bool stop_was_pending_ = false;
};

}  // namespace juggle::detail
