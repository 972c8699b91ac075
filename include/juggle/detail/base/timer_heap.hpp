#pragma once

#include <juggle/clock.hpp>

#include <cstddef>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

/// A point in time at which a function is called. Lives in whoever waits.
class Timer {
public:
    using FireFunction = void (*)(Timer&) noexcept;

    explicit Timer(FireFunction on_due) noexcept : fire_{on_due} {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    [[nodiscard]] TimePoint due() const noexcept { return due_; }
    [[nodiscard]] bool armed() const noexcept { return armed_; }
    void fire() noexcept { fire_(*this); }

protected:
    ~Timer() = default;

private:
    friend class TimerHeap;

    TimePoint due_{};
    std::uint64_t sequence_ = 0;
    FireFunction fire_;
    Timer* child_ = nullptr;
    Timer* sibling_ = nullptr;
    Timer* previous_ = nullptr;  // the parent of a first child, else the sibling before
    bool armed_ = false;
};

/// Timers in the order of their due time, equal ones in the order of insertion.
///
/// An intrusive pairing heap (Fredman, Sedgewick, Sleator and Tarjan, Algorithmica 1, 1986):
/// insertion is constant, removal logarithmic, both amortised; nothing is ever allocated.
class TimerHeap {
public:
    [[nodiscard]] bool empty() const noexcept { return root_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The timer that is due first. Precondition: not empty.
    [[nodiscard]] Timer& first() const noexcept { return *root_; }

    /// Precondition: the timer is not armed.
    void insert(Timer& timer, TimePoint due) noexcept {
        timer.due_ = due;
        timer.sequence_ = next_sequence_++;
        timer.armed_ = true;
        timer.child_ = timer.sibling_ = timer.previous_ = nullptr;
        root_ = root_ == nullptr ? &timer : meld(*root_, timer);
        ++size_;
    }

    /// Does nothing to a timer that is not armed.
    void remove(Timer& timer) noexcept {
        if (!timer.armed_) {
            return;
        }
        timer.armed_ = false;
        --size_;
        Timer* rest = meld_pairs(timer.child_);
        if (&timer == root_) {
            root_ = rest;
            return;
        }
        if (timer.previous_->child_ == &timer) {
            timer.previous_->child_ = timer.sibling_;
        } else {
            timer.previous_->sibling_ = timer.sibling_;
        }
        if (timer.sibling_ != nullptr) {
            timer.sibling_->previous_ = timer.previous_;
        }
        if (rest != nullptr) {
            root_ = meld(*root_, *rest);
        }
    }

private:
    static bool before(const Timer& a, const Timer& b) noexcept {
        return a.due_ != b.due_ ? a.due_ < b.due_ : a.sequence_ < b.sequence_;
    }

    /// Makes the later root the first child of the earlier one.
    static Timer* meld(Timer& a, Timer& b) noexcept {
        Timer& top = before(a, b) ? a : b;
        Timer& low = &top == &a ? b : a;
        low.sibling_ = top.child_;
        if (low.sibling_ != nullptr) {
            low.sibling_->previous_ = &low;
        }
        low.previous_ = &top;
        top.child_ = &low;
        return &top;
    }

    /// The two passes of the pairing heap: pairs from left to right, then all from right to left.
    static Timer* meld_pairs(Timer* first) noexcept {
        Timer* pairs = nullptr;  // linked through sibling_, last pair first
        while (first != nullptr) {
            Timer* a = first;
            Timer* b = a->sibling_;
            first = b == nullptr ? nullptr : b->sibling_;
            a->sibling_ = a->previous_ = nullptr;
            if (b != nullptr) {
                b->sibling_ = b->previous_ = nullptr;
                a = meld(*a, *b);
            }
            a->sibling_ = pairs;
            pairs = a;
        }
        Timer* root = nullptr;
        while (pairs != nullptr) {
            Timer* next = pairs->sibling_;
            pairs->sibling_ = nullptr;
            root = root == nullptr ? pairs : meld(*root, *pairs);
            pairs = next;
        }
        return root;
    }

    Timer* root_ = nullptr;
    std::uint64_t next_sequence_ = 0;
    std::size_t size_ = 0;
};

}  // namespace juggle::detail
