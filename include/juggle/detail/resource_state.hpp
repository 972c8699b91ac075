#pragma once

#include <juggle/detail/ticket_line.hpp>
#include <juggle/event_traits.hpp>

#include <algorithm>
#include <cstddef>
#include <source_location>
#include <span>
#include <utility>
#include <vector>

namespace juggle::detail {

/// The events that guard a resource's value.
///
/// *Inherited* ones are for the present holder to respect; they stay as they are until it
/// releases. *Tracked* ones are the holder's own, for its successor. On a release the two lists
/// change places, so in the steady state nothing is allocated.
template <DeviceEvent Event>
class GuardedLine : public TicketLine {
public:
    using TicketLine::TicketLine;

    [[nodiscard]] std::span<const Event> inherited() const noexcept { return inherited_; }

    /// Whether the host may use the value at once.
    [[nodiscard]] bool settled_well() const noexcept {
        return std::ranges::all_of(inherited_, [](const Event& event) {
            return EventTraits<Event>::status(event) == EventStatus::complete;
        });
    }

    /// Makes room, so that the next `count` calls of `track` cannot fail.
    void reserve(std::size_t count) {
        const std::size_t needed = tracked_.size() + count;
        if (needed > tracked_.capacity()) {
            tracked_.reserve(std::max(needed, 2 * tracked_.capacity()));
        }
    }
    void track(Event event) { tracked_.push_back(std::move(event)); }

    /// The holder has respected what it inherited.
    void hand_on_tracked() noexcept {
        if (!inherited_.empty()) {
            inherited_.clear();
        }
        if (!tracked_.empty()) {
            inherited_.swap(tracked_);
        }
    }

    /// Nobody knows what the holder has done.
    void hand_on_all() noexcept override {
        try {
            inherited_.insert(inherited_.end(), tracked_.begin(), tracked_.end());
        } catch (...) {
            // No memory to keep both: what is not kept is over before anybody goes on.
            EventTraits<Event>::wait_on_host(tracked_);
        }
        tracked_.clear();
    }

    void forget_failed_events() noexcept {
        std::erase_if(inherited_, [](const Event& event) {
            return EventTraits<Event>::status(event) == EventStatus::failed;
        });
    }

protected:
    ~GuardedLine() override = default;

    void wait_on_host() noexcept {
        if (!inherited_.empty()) {
            EventTraits<Event>::wait_on_host(inherited_);
        }
    }

private:
    std::vector<Event> inherited_;
    std::vector<Event> tracked_;
};

template <class T, DeviceEvent Event>
class ResourceState final : public GuardedLine<Event> {
public:
    template <class... Arguments>
    explicit ResourceState(std::source_location made_at, Arguments&&... arguments)
        : GuardedLine<Event>{made_at}, value(std::forward<Arguments>(arguments)...) {}

    T value;

private:
    /// No command may touch the value any more when it is destroyed.
    ~ResourceState() override { this->wait_on_host(); }
};

}  // namespace juggle::detail
