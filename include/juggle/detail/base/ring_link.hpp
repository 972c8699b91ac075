#pragma once

#include <juggle/config.hpp>

#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// A link of a ring: cheaper to enter and to leave than a list with two ends, and left without
/// knowing whose it is. The head is a link, too. One that is in no ring is a ring of itself.
class RingLink {
public:
    RingLink() = default;
    /// The last one of the ring of `head`.
    explicit RingLink(RingLink& head) noexcept : ahead{head.ahead}, behind{&head} {
        ahead->behind = this;
        head.ahead = this;
    }
    RingLink(const RingLink&) = delete;
    RingLink& operator=(const RingLink&) = delete;

    [[nodiscard]] bool alone() const noexcept { return behind == this; }

    /// From now on the last one of the ring of `head`; alone before.
    void join(RingLink& head) noexcept {
        ahead = head.ahead;
        behind = &head;
        ahead->behind = this;
        head.ahead = this;
    }

    void leave() noexcept {
        ahead->behind = behind;
        behind->ahead = ahead;
        ahead = this;
        behind = this;
    }

    RingLink* ahead = this;
    RingLink* behind = this;

protected:
    ~RingLink() = default;
};

}  // namespace juggle::detail
