#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/parker.hpp>
#include <juggle/post_node.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// How other threads reach an executor: a lock-free list that many push to and one takes from,
/// and the place where that one sleeps.
///
/// `head_` is the whole state:
///
/// | value   | meaning                                                                      |
/// |---------|------------------------------------------------------------------------------|
/// | empty   | nothing posted; the consumer is awake and will look again                    |
/// | armed   | nothing posted; the consumer sleeps or is about to: whoever replaces this    |
/// |         | value, and nobody else, wakes it                                             |
/// | watched | the same, but a foreign loop sleeps: whoever replaces this calls `wake_up`   |
/// | closed  | the consumer is gone for good; nothing is taken in                           |
/// | other   | the last node posted, linked to the ones before it                           |
///
/// Producers only ever push and the consumer only ever takes everything, so a node's reappearing
/// at the head (ABA) is harmless. Memory is shared by reference count: a producer holds one while
/// it is inside `post`, so the consumer may go away at any moment.
///
/// The scheme is that of folly's AtomicNotificationQueue and stdexec's atomic intrusive queue.
class JUGGLE_EXPORT Inbox {
public:
    using WakeUp = std::function<void()>;

    /// `wake_up` is called on the posting thread if the inbox is watched. The last poster posts,
    /// unless the consumer is `driven` by others, who look for no deadlock.
    Inbox(WakeUp wake_up, bool driven) : wake_up_{std::move(wake_up)}, driven_{driven} {}

    void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }

    void release() noexcept {
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    /// From any thread that holds a reference, or whose caller does for as long as this runs.
    /// False if closed: the node is then untouched. After true the node may already be gone.
    bool post(PostNode& node) noexcept {
        retain();
        const bool accepted = push(node);
        release();
        return accepted;
    }

    /// Somebody keeps a `Poster`. The last one to let it go posts, so that the consumer notices, if
    /// it may be asleep.
    void add_poster() noexcept {
        retain();
        posters_.fetch_add(1, std::memory_order_relaxed);
    }
    void remove_poster() noexcept {
        if (posters_.fetch_sub(1, std::memory_order_release) == 1 && !driven_ &&
            !consumer_calls() && !nudge_.under_way.exchange(true, std::memory_order_acq_rel)) {
            (void)push(nudge_);
        }
        release();
    }

    // What follows is for the consumer's thread only.

    /// False: what posters have posted can be seen by now, and nothing more will come of them.
    [[nodiscard]] bool has_posters() const noexcept {
        return posters_.load(std::memory_order_acquire) != 0;
    }

    /// Everything posted so far, first posted first, linked through `next_`.
    [[nodiscard]] PostNode* take() noexcept {
        const std::uintptr_t head = head_.load(std::memory_order_relaxed);
        if (head == empty || head == closed) {
            return nullptr;
        }
        return in_order(head_.exchange(empty, std::memory_order_acquire));
    }

    /// True: the next post will wake. False: something was posted, nothing changed.
    [[nodiscard]] bool arm() noexcept { return expect_post(armed); }

    /// The same for a foreign loop: the next post will call `wake_up`, which must be there.
    [[nodiscard]] bool watch() noexcept { return expect_post(watched); }

    /// Posts do not call `wake_up` any more. False: one has done so since `watch`, or is about to:
    /// `wakes` counts it when that call has returned.
    [[nodiscard]] bool unwatch() noexcept {
        std::uintptr_t expected = watched;
        return head_.compare_exchange_strong(expected, empty, std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint32_t wakes() const noexcept {
        return wakes_.load(std::memory_order_acquire);
    }

    [[nodiscard]] bool has_posts() const noexcept {
        return head_.load(std::memory_order_relaxed) > closed;
    }

    /// Sleeps until something is posted or the deadline is past. Precondition: armed. It may
    /// return early. The inbox may still be armed afterwards; `take` undoes that.
    void wait(std::optional<TimePoint> deadline) noexcept { parker_.park(head_, armed, deadline); }

    /// Nothing is taken in from now on. Returns what was posted before.
    [[nodiscard]] PostNode* close() noexcept {
        return in_order(head_.exchange(closed, std::memory_order_acq_rel));
    }

private:
    static constexpr std::uintptr_t empty = 0;
    static constexpr std::uintptr_t armed = 1;
    static constexpr std::uintptr_t watched = 2;
    static constexpr std::uintptr_t closed = 3;

    /// A post for its own sake: the consumer looks around.
    class Nudge : public PostNode {
    public:
        Nudge() noexcept : PostNode{&Nudge::arrived} {}
        std::atomic<bool> under_way{false};

    private:
        static void arrived(PostNode& node) noexcept {
            // An exchange, to see all that whoever found it under way did before.
            (void)static_cast<Nudge&>(node).under_way.exchange(false, std::memory_order_acq_rel);
        }
    };

    ~Inbox() = default;

    /// Whether this thread is inside the consumer's loop, which then looks before it sleeps.
    [[nodiscard]] bool consumer_calls() const noexcept;

    bool expect_post(std::uintptr_t how) noexcept {
        std::uintptr_t expected = empty;
        return head_.compare_exchange_strong(expected, how, std::memory_order_acq_rel) ||
               expected == how;
    }

    bool push(PostNode& node) noexcept {
        std::uintptr_t head = head_.load(std::memory_order_relaxed);
        do {
            if (head == closed) {
                return false;
            }
            node.next_ = head < closed ? nullptr : reinterpret_cast<PostNode*>(head);
        } while (!head_.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(&node),
                                              std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
        if (head == armed) {
            parker_.unpark(head_);
        } else if (head == watched) {
            wake_up_();
            wakes_.fetch_add(1, std::memory_order_release);
        }
        return true;
    }

    [[nodiscard]] static PostNode* in_order(std::uintptr_t head) noexcept {
        if (head <= closed) {
            return nullptr;
        }
        auto* reversed = reinterpret_cast<PostNode*>(head);
        PostNode* list = nullptr;
        while (reversed != nullptr) {
            PostNode* node = reversed;
            reversed = node->next_;
            node->next_ = list;
            list = node;
        }
        return list;
    }

    std::atomic<std::uintptr_t> head_{empty};
    std::atomic<std::uint32_t> owners_{1};
    std::atomic<std::uint32_t> posters_{0};
    std::atomic<std::uint32_t> wakes_{0};
    Nudge nudge_;
    const WakeUp wake_up_;
    const bool driven_;
    [[no_unique_address]] Parker parker_;
};

}  // namespace juggle::detail
