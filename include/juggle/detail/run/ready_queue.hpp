#pragma once

#include <juggle/post_node.hpp>

#include <cstddef>

namespace juggle::inline JUGGLE_ABI::detail {

/// First-in first-out queue of what is to run next. Intrusive: never allocates, never fails.
class ReadyQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }

    void push(PostNode& node) noexcept {
        node.next_ = nullptr;
        if (head_ == nullptr) {
            head_ = &node;
        } else {
            tail_->next_ = &node;
        }
        tail_ = &node;
    }

    /// Precondition: not empty.
    [[nodiscard]] PostNode& pop() noexcept {
        PostNode& node = *head_;
        head_ = node.next_;
        return node;
    }

    /// Appends a list linked through `next_`, first element first. Gives how many there are.
    std::size_t append(PostNode* list) noexcept {
        std::size_t count = 0;
        for (; list != nullptr; ++count) {
            PostNode& node = *list;
            list = node.next_;
            push(node);
        }
        return count;
    }

    /// Null if empty.
    [[nodiscard]] PostNode* last() const noexcept { return empty() ? nullptr : tail_; }

    void clear() noexcept { head_ = nullptr; }

    static void run(PostNode& node) noexcept { node.run_(node); }

private:
    PostNode* head_ = nullptr;
    PostNode* tail_ = nullptr;
};

}  // namespace juggle::detail
