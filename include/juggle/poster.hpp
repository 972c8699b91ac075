#pragma once

#include <juggle/detail/run/inbox.hpp>
#include <juggle/post_node.hpp>

#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// Posts to an executor from any thread, and may outlive it.
///
/// Give one to whoever completes things from a thread of its own: a driver, a capture card, an
/// I/O library. Copies are cheap and may be used from several threads at once. While there is one
/// an executor that has nothing to do waits for posts; without any it may find itself in a
/// `Deadlock`.
class Poster {
public:
    /// Refers to no executor; `post` returns false.
    Poster() = default;

    explicit Poster(detail::Inbox& inbox) noexcept : inbox_{&inbox} { inbox_->add_poster(); }
    Poster(const Poster& other) noexcept : inbox_{other.inbox_} {
        if (inbox_ != nullptr) {
            inbox_->add_poster();
        }
    }
    Poster(Poster&& other) noexcept : inbox_{std::exchange(other.inbox_, nullptr)} {}
    Poster& operator=(Poster other) noexcept {
        std::swap(inbox_, other.inbox_);
        return *this;
    }
    ~Poster() {
        if (inbox_ != nullptr) {
            inbox_->remove_poster();
        }
    }

    /// Lets the executor call the node's function at one of its next ticks, on its own thread.
    ///
    /// Lock-free, allocates nothing, and makes a system call only if the executor sleeps. False
    /// if the executor is gone: the node was not taken and will not be called. After true the
    /// node may already have been called and may be gone.
    bool post(PostNode& node) const noexcept { return inbox_ != nullptr && inbox_->post(node); }

private:
    detail::Inbox* inbox_ = nullptr;
};

}  // namespace juggle
