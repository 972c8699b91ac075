#pragma once

#include <juggle/config.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Base of what can be in one `IntrusiveList`.
class ListNode {
public:
    ListNode() noexcept : ahead_{nullptr}, behind_{nullptr} {}
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

protected:
    /// Of one that no list is asked for whether it is in it.
    struct NeverLookedFor {};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
    explicit ListNode(NeverLookedFor) noexcept {}
    ~ListNode() = default;

private:
    template <class T>
    friend class IntrusiveList;

    ListNode* ahead_;
    ListNode* behind_;
};

/// Doubly linked list of objects that live elsewhere. Never allocates.
template <class T>
class IntrusiveList {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] T* first() const noexcept { return static_cast<T*>(first_); }
    [[nodiscard]] T* last() const noexcept { return static_cast<T*>(last_); }
    [[nodiscard]] static T* after(T& item) noexcept {
        return static_cast<T*>(static_cast<ListNode&>(item).behind_);
    }
    [[nodiscard]] static const T* after(const T& item) noexcept {
        return static_cast<const T*>(static_cast<const ListNode&>(item).behind_);
    }
    [[nodiscard]] static T* before(T& item) noexcept {
        return static_cast<T*>(static_cast<ListNode&>(item).ahead_);
    }
    [[nodiscard]] static const T* before(const T& item) noexcept {
        return static_cast<const T*>(static_cast<const ListNode&>(item).ahead_);
    }

    /// Whether an item that is in this list or in none is in this one. Constant time.
    [[nodiscard]] bool contains(const T& item) const noexcept {
        const ListNode& node = item;
        return node.ahead_ != nullptr || first_ == &node;
    }

// An item on the stack leaves the list in its destructor; GCC 12 does not always see that.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif
    void push_back(T& item) noexcept {
        ListNode& node = item;
        node.ahead_ = last_;
        node.behind_ = nullptr;
        (last_ == nullptr ? first_ : last_->behind_) = &node;
        last_ = &node;
    }
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

    void remove(T& item) noexcept {
        ListNode& node = item;
        (node.ahead_ == nullptr ? first_ : node.ahead_->behind_) = node.behind_;
        (node.behind_ == nullptr ? last_ : node.behind_->ahead_) = node.ahead_;
        node.ahead_ = node.behind_ = nullptr;
    }

    /// Puts `item` where `other` is, and `other` nowhere.
    void replace(T& other, T& item) noexcept {
        ListNode& from = other;
        ListNode& to = item;
        to.ahead_ = from.ahead_;
        to.behind_ = from.behind_;
        (to.ahead_ == nullptr ? first_ : to.ahead_->behind_) = &to;
        (to.behind_ == nullptr ? last_ : to.behind_->ahead_) = &to;
        from.ahead_ = from.behind_ = nullptr;
    }

private:
    ListNode* first_ = nullptr;
    ListNode* last_ = nullptr;
};

}  // namespace juggle::detail
