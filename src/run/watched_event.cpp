#include "watched_event.hpp"

#include <juggle/executor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::bridge::detail {

namespace {

// A ticket has the bits of a pointer: half for the entry's number, half for the use's.
constexpr unsigned ticket_bits = sizeof(void*) * 8 / 2;
constexpr std::uint32_t ticket_mask =
    static_cast<std::uint32_t>((std::uint64_t{1} << ticket_bits) - 1);

TimePoint later_by(TimePoint time, std::chrono::nanoseconds delay) noexcept {
    return time > TimePoint::max() - delay ? TimePoint::max() : time + delay;
}

}  // namespace

/// All entries of the process. They are handed out and taken back under a mutex, in either case
/// far from any hot path but one: obtaining one costs as much as a malloc, next to a device
/// command.
class WatchedEventTable {
public:
    [[nodiscard]] static WatchedEventTable& instance() noexcept {
        union Immortal {  // for drivers call back after static variables are destroyed
            Immortal() noexcept : table{} {}
            ~Immortal() {}
            WatchedEventTable table;
        };
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wexit-time-destructors"  // which does nothing
#endif
        static Immortal immortal;
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
        return immortal.table;
    }

    [[nodiscard]] WatchedEvent& obtain() {
        const std::lock_guard lock{mutex_};
        if (free_ == nullptr) {
            grow();
        }
        WatchedEvent& entry = *free_;
        free_ = entry.next_free_;
        return entry;
    }

    void give_back(WatchedEvent& entry) noexcept {
        const std::lock_guard lock{mutex_};
        entry.next_free_ = free_;
        free_ = &entry;
    }

    [[nodiscard]] WatchedEvent& at(std::uint32_t number) const noexcept {
        return (*blocks_[number / block_size].load(std::memory_order_acquire))[number % block_size];
    }

private:
    static constexpr std::uint32_t block_size = 256;
    static constexpr std::uint32_t max_blocks = 256;  // 65,536: all that half a pointer can number

    struct Block {
        alignas(WatchedEvent) std::byte storage[block_size][sizeof(WatchedEvent)];
        WatchedEvent& operator[](std::uint32_t index) noexcept {
            return *std::launder(reinterpret_cast<WatchedEvent*>(&storage[index]));
        }
    };

    void grow() {
        if (block_count_ == max_blocks) {
            throw std::bad_alloc{};
        }
        auto* block = new Block;
        for (std::uint32_t index = block_size; index-- > 0;) {
            auto* entry =
                ::new (&block->storage[index]) WatchedEvent{block_count_ * block_size + index};
            entry->next_free_ = free_;
            free_ = entry;
        }
        blocks_[block_count_].store(block, std::memory_order_release);
        ++block_count_;
    }

    std::mutex mutex_;
    WatchedEvent* free_ = nullptr;
    std::uint32_t block_count_ = 0;
    std::array<std::atomic<Block*>, max_blocks> blocks_{};
};

WatchedEvent& WatchedEvent::obtain() { return WatchedEventTable::instance().obtain(); }

void WatchedEvent::watch(EventMonitor& monitor, void* event,
                         EventMonitor::Listener& listener) noexcept {
    monitor_ = &monitor;
    listener_ = &listener;
    event_ = event;
    monitor.retain(event);
    interval_ = monitor.pace_.first;
    due_ = later_by(monitor.executor().now(), interval_);
    refusals_ = 0;
    index_ = monitor.pending_.size();
    monitor.pending_.push_back(this);
    ++monitor.waited_for_;
    monitor.next_look_ = std::min(monitor.next_look_, due_);
    if (monitor.pace_.calls_back) {
        arm();
    }
}

void WatchedEvent::arm() noexcept {
    poster_ = monitor_->executor().poster();
    const Use use = word_.load(std::memory_order_relaxed);
    word_.store({use.number, State::armed}, std::memory_order_release);
    // Whatever happens from here on, inside the call too, is the business of the word. If the
    // driver refuses the sweep remains.
    if (!monitor_->request_callback(event_, ticket()) && change(State::armed, State::idle)) {
        poster_ = {};
    }
}

void WatchedEvent::abandon() noexcept {
    listener_ = nullptr;
    --monitor_->waited_for_;
    if (change(State::armed, State::idle)) {
        poster_ = {};  // the callback does nothing now, so nothing is to come of it
    }
}

void* WatchedEvent::ticket() const noexcept {
    const Use use = word_.load(std::memory_order_relaxed);
    return reinterpret_cast<void*>((std::uintptr_t{use.number & ticket_mask} << ticket_bits) |
                                   number_);
}

void WatchedEvent::called_back(void* ticket) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(ticket);
    WatchedEvent& entry =
        WatchedEventTable::instance().at(static_cast<std::uint32_t>(bits & ticket_mask));
    Use expected{static_cast<std::uint32_t>(bits >> ticket_bits), State::armed};
    if (!entry.word_.compare_exchange_strong(expected, {expected.number, State::fired},
                                             std::memory_order_acq_rel)) {
        return;
    }
    if (!entry.poster_.post(entry) && !entry.change(State::fired, State::idle)) {
        entry.recycle();  // the executor is gone, and done with the entry
    }
}

void WatchedEvent::callback_came(PostNode& node) noexcept {
    auto& entry = static_cast<WatchedEvent&>(node);
    if (!entry.change(State::fired, State::idle)) {
        entry.recycle();  // orphaned: the sweep was first
        return;
    }
    // Some drivers call early: only the query counts. If it has not settled the sweep goes on.
    (void)entry.look();
}

bool WatchedEvent::sweep(TimePoint now) noexcept {
    flush();
    if (look()) {
        return true;
    }
    const std::chrono::nanoseconds longest = monitor_->pace_.longest;
    interval_ = interval_ > longest / 2 ? longest : 2 * interval_;
    due_ = later_by(now, interval_);
    return false;
}

bool WatchedEvent::look() noexcept {
    const std::optional<int> code = monitor_->ask(event_, refusals_);
    if (!code) {
        return false;
    }
    settle(*code);
    leave();
    return true;
}

void WatchedEvent::settle(int code) noexcept {
    EventMonitor::Listener* const listener = std::exchange(listener_, nullptr);
    monitor_->waited_for_ -= listener == nullptr ? 0 : 1;
    leave_monitor();
    if (listener != nullptr) {
        listener->on_settled_(*listener, code);
    }
}

void WatchedEvent::leave_monitor() noexcept {
    EventMonitor& monitor = *std::exchange(monitor_, nullptr);
    monitor.pending_[index_] = monitor.pending_.back();
    monitor.pending_[index_]->index_ = index_;
    monitor.pending_.pop_back();
    monitor.release(std::exchange(event_, nullptr));
}

void WatchedEvent::detach() noexcept {
    leave_monitor();
    leave();
}

bool WatchedEvent::change(State from, State to) noexcept {
    Use use = word_.load(std::memory_order_acquire);
    while (use.state == from) {
        const std::uint32_t number =
            to == State::idle ? (use.number + 1) & ticket_mask : use.number;
        if (word_.compare_exchange_weak(use, {number, to}, std::memory_order_acq_rel)) {
            return true;
        }
    }
    return false;
}

void WatchedEvent::leave() noexcept {
    (void)change(State::armed, State::idle);
    if (!change(State::fired, State::orphaned)) {
        recycle();
    }
}

void WatchedEvent::recycle() noexcept {
    const Use use = word_.load(std::memory_order_relaxed);
    word_.store({(use.number + 1) & ticket_mask, State::idle}, std::memory_order_release);
    const Poster poster = std::exchange(poster_, {});
    WatchedEventTable::instance().give_back(*this);
}

}  // namespace juggle::bridge::detail
