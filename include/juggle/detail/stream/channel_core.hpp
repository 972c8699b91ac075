#pragma once

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/next_that_commits.hpp>
#include <juggle/detail/stream/channel_awaiters.hpp>
#include <juggle/detail/stream/channel_counts.hpp>

#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// A ring of elements, the queue of the tasks that wait to push and of those that wait to pop.
///
/// No task waits to pop while there is an element, in the ring or with a pusher; none waits to push
/// while there is room. A waiter is taken out of its queue before it is asked whether it may take,
/// since that may take others out of either queue.
template <class T>
class ChannelCore final : public ChannelCounts {
public:
    ChannelCore(std::size_t capacity, std::source_location made_at)
        : ChannelCounts{capacity, made_at}, mask_{slots_for(capacity) - 1},
          slots_{capacity == 0 ? nullptr : std::allocator<T>{}.allocate(mask_ + 1)} {}

    ~ChannelCore() {
        if (has_checks && !no_task_waits()) {
            misuse_by_destruction("juggle: a Channel was destroyed while a task waits for it");
        }
        while (size() != 0) {
            std::destroy_at(&slots_[taken_out_ & mask_]);
            ++taken_out_;
        }
        if (slots_ != nullptr) {
            std::allocator<T>{}.deallocate(slots_, mask_ + 1);
        }
    }

    /// At the start of a function of the channel.
    void check_call(const char* function) noexcept { check_thread(function, no_task_waits()); }

    /// Takes the element in if that is possible now; straight to a popper, if one waits. False: it
    /// is untouched; also when the channel is closed.
    [[nodiscard]] bool take_in(T& element) noexcept {
        check_call("Channel::push");
        if (!poppers_.empty() && hand_to_popper(element)) [[unlikely]] {
            return true;
        }
        if (size() >= room_) [[unlikely]] {
            return false;
        }
        put(element);
        return true;
    }

    /// The oldest element, from the ring or from a pusher that waits; nothing if there is none.
    [[nodiscard]] std::optional<T> take_out() noexcept {
        if (size() != 0) {
            return take_first();
        }
        check_call("Channel::pop");
        std::optional<T> element;
        (void)take_from_pusher(element);
        return element;
    }
    /// The same if there is one in the ring.
    [[nodiscard]] std::optional<T> take_first() noexcept {
        check_call("Channel::pop");
        T& slot = slots_[taken_out_ & mask_];
        std::optional<T> element{std::move(slot)};
        std::destroy_at(&slot);
        ++taken_out_;
        size_changed();
        if (!pushers_.empty()) [[unlikely]] {
            refill();
        }
        return element;
    }

    /// Takes the element of a pusher that waits, if there is one, past the ring, which is empty.
    [[nodiscard]] bool take_from_pusher(std::optional<T>& element) noexcept {
        ChannelPusher<T>* pusher = next_that_commits(pushers_);
        if (pusher == nullptr) {
            return false;
        }
        element.emplace(std::move(pusher->element()));
        ++taken_in_;
        ++taken_out_;
        handed_over();
        pusher->wake();
        return true;
    }

    void close() noexcept {
        closed_ = true;
        room_ = 0;
        while (!pushers_.empty()) {
            ChannelPusher<T>& pusher = *pushers_.first();
            pushers_.remove(pusher);
            pusher.refuse();
        }
        while (!poppers_.empty()) {
            ChannelPopper<T>& popper = *poppers_.first();
            poppers_.remove(popper);
            popper.wake();
        }
    }

    void join(ChannelPusher<T>& pusher) noexcept {
        check_call("Channel::push");
        pushers_.push_back(pusher);
    }
    void join(ChannelPopper<T>& popper) noexcept {
        check_call("Channel::pop");
        poppers_.push_back(popper);
    }
    void leave(ChannelPusher<T>& pusher) noexcept {
        pushers_.remove(pusher);
        pusher.wake();
    }
    void leave(ChannelPopper<T>& popper) noexcept {
        poppers_.remove(popper);
        popper.wake();
    }
    void describe(const ChannelPusher<T>&, WaitReport& report) const { describe_push(report); }
    void describe(const ChannelPopper<T>&, WaitReport& report) const { describe_pop(report); }

private:
    /// A power of two, so that a count is turned into a slot by a mask.
    [[nodiscard]] static std::size_t slots_for(std::size_t capacity) {
        constexpr std::size_t most =
            std::bit_floor(std::allocator_traits<std::allocator<T>>::max_size({}));
        if (capacity > most) {
            throw_channel_too_large(capacity);
        }
        return std::bit_ceil(capacity);
    }

    [[nodiscard]] bool no_task_waits() const noexcept {
        return pushers_.empty() && poppers_.empty() && no_task_joins();
    }

    void put(T& element) noexcept {
        std::construct_at(&slots_[taken_in_ & mask_], std::move(element));
        ++taken_in_;
        size_changed();
    }

    /// There is room for one: the first pusher that may have it gets it.
    void refill() noexcept {
        if (ChannelPusher<T>* pusher = next_that_commits(pushers_)) {
            put(pusher->element());
            pusher->wake();
        }
    }

    [[nodiscard]] bool hand_to_popper(T& element) noexcept {
        ChannelPopper<T>* popper = next_that_commits(poppers_);
        if (popper == nullptr) {
            return false;
        }
        popper->receive(element);
        ++taken_in_;
        ++taken_out_;
        handed_over();
        popper->wake();
        return true;
    }

    IntrusiveList<ChannelPusher<T>> pushers_;
    IntrusiveList<ChannelPopper<T>> poppers_;
    std::size_t mask_;
    T* slots_;
};

}  // namespace juggle::detail
