#include "pending_wait.hpp"

#include <juggle/executor.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

// A ticket has the bits of a pointer: half for the entry's number, half for the use's.
constexpr unsigned ticket_bits = sizeof(void*) * 8 / 2;
constexpr std::uint32_t ticket_mask =
    static_cast<std::uint32_t>((std::uint64_t{1} << ticket_bits) - 1);

TimePoint later_by(TimePoint time, Duration delay) noexcept {
    return time > TimePoint::max() - delay ? TimePoint::max() : time + delay;
}

}  // namespace

/// All entries of the process. They are handed out and taken back under a mutex, in either case
/// far from any hot path but one: obtaining one costs as much as a malloc, next to a device
/// command.
class WaitTable {
public:
    [[nodiscard]] static WaitTable& instance() noexcept {
        union Immortal {  // for drivers may call after static variables are destroyed
            Immortal() noexcept : table{} {}
            ~Immortal() {}
            WaitTable table;
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

    [[nodiscard]] PendingWait& obtain() {
        const std::lock_guard lock{mutex_};
        if (free_ == nullptr) {
            grow();
        }
        PendingWait& entry = *free_;
        free_ = entry.next_free_;
        return entry;
    }

    void give_back(PendingWait& entry) noexcept {
        const std::lock_guard lock{mutex_};
        entry.next_free_ = free_;
        free_ = &entry;
    }

    [[nodiscard]] PendingWait& at(std::uint32_t number) const noexcept {
        return (*blocks_[number / block_size].load(std::memory_order_acquire))[number % block_size];
    }

private:
    static constexpr std::uint32_t block_size = 256;
    static constexpr std::uint32_t max_blocks = 256;  // 65,536: all that half a pointer can number

    struct Block {
        alignas(PendingWait) std::byte storage[block_size][sizeof(PendingWait)];
        PendingWait& operator[](std::uint32_t index) noexcept {
            return *std::launder(reinterpret_cast<PendingWait*>(&storage[index]));
        }
    };

    void grow() {
        if (block_count_ == max_blocks) {
            throw std::bad_alloc{};
        }
        auto* block = new Block;
        for (std::uint32_t index = block_size; index-- > 0;) {
            auto* entry =
                ::new (&block->storage[index]) PendingWait{block_count_ * block_size + index};
            entry->next_free_ = free_;
            free_ = entry;
        }
        blocks_[block_count_].store(block, std::memory_order_release);
        ++block_count_;
    }

    std::mutex mutex_;
    PendingWait* free_ = nullptr;
    std::uint32_t block_count_ = 0;
    std::array<std::atomic<Block*>, max_blocks> blocks_{};
};

PendingWait& PendingWait::obtain() { return WaitTable::instance().obtain(); }

void PendingWait::watch(EventMonitor& monitor, EventRecord& record,
                        SettledListener& listener) noexcept {
    monitor_ = &monitor;
    listener_ = &listener;
    record_ = &record;
    record.retain();
    const EventOptions& options = monitor.options();
    interval_ = options.wake == Wake::poll ? options.poll_interval : options.first_sweep;
    due_ = later_by(monitor.executor().now(), interval_);
    index_ = monitor.pending_.size();
    monitor.pending_.push_back(this);
    ++monitor.waited_for_;
    monitor.next_look_ = std::min(monitor.next_look_, due_);
    if (options.wake != Wake::poll) {
        arm();
    }
}

void PendingWait::arm() noexcept {
    poster_ = monitor_->executor().poster();
    const Use use = word_.load(std::memory_order_relaxed);
    word_.store({use.number, State::armed}, std::memory_order_release);
    // Whatever happens from here on, inside the call too, is the business of the word. If the
    // driver refuses the sweep remains.
    if (!monitor_->notify_streams_.notify(*record_, &PendingWait::host_function, ticket()) &&
        change(State::armed, State::idle)) {
        poster_ = {};
    }
}

void PendingWait::abandon() noexcept {
    listener_ = nullptr;
    --monitor_->waited_for_;
    if (change(State::armed, State::idle)) {
        poster_ = {};  // the host function does nothing now, so nothing is to come of it
    }
}

void* PendingWait::ticket() const noexcept {
    const Use use = word_.load(std::memory_order_relaxed);
    return reinterpret_cast<void*>((std::uintptr_t{use.number & ticket_mask} << ticket_bits) |
                                   number_);
}

void PendingWait::host_function(void* ticket) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(ticket);
    PendingWait& entry = WaitTable::instance().at(static_cast<std::uint32_t>(bits & ticket_mask));
    Use expected{static_cast<std::uint32_t>(bits >> ticket_bits), State::armed};
    if (!entry.word_.compare_exchange_strong(expected, {expected.number, State::fired},
                                             std::memory_order_acq_rel)) {
        return;
    }
    if (!entry.poster_.post(entry) && !entry.change(State::fired, State::idle)) {
        entry.recycle();  // the executor is gone, and done with the entry
    }
}

void PendingWait::notified(PostNode& node) noexcept {
    auto& entry = static_cast<PendingWait&>(node);
    if (!entry.change(State::fired, State::idle)) {
        entry.recycle();  // orphaned: the sweep was first
        return;
    }
    (void)entry.look();  // if it was called early the sweep goes on
}

bool PendingWait::sweep(TimePoint now) noexcept {
    if (look()) {
        return true;
    }
    const EventOptions& options = monitor_->options();
    const std::chrono::nanoseconds longest =
        options.wake == Wake::poll ? options.poll_interval : options.longest_sweep;
    interval_ = interval_ > longest / 2 ? longest : 2 * interval_;
    due_ = later_by(now, interval_);
    return false;
}

bool PendingWait::look() noexcept {
    const CUresult code = record_->look();
    if (code == CUDA_ERROR_NOT_READY) {
        return false;
    }
    settle(code);
    leave();
    return true;
}

void PendingWait::settle(CUresult code) noexcept {
    SettledListener* const listener = std::exchange(listener_, nullptr);
    monitor_->waited_for_ -= listener == nullptr ? 0 : 1;
    if (code != CUDA_SUCCESS) {
        monitor_->hurry();
    }
    leave_monitor();
    if (listener != nullptr) {
        listener->settled(code);
    }
}

void PendingWait::leave_monitor() noexcept {
    std::vector<PendingWait*>& pending = std::exchange(monitor_, nullptr)->pending_;
    pending[index_] = pending.back();
    pending[index_]->index_ = index_;
    pending.pop_back();
    std::exchange(record_, nullptr)->release();
}

void PendingWait::detach() noexcept {
    leave_monitor();
    leave();
}

bool PendingWait::change(State from, State to) noexcept {
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

void PendingWait::leave() noexcept {
    (void)change(State::armed, State::idle);
    if (!change(State::fired, State::orphaned)) {
        recycle();
    }
}

void PendingWait::recycle() noexcept {
    const Use use = word_.load(std::memory_order_relaxed);
    word_.store({(use.number + 1) & ticket_mask, State::idle}, std::memory_order_release);
    const Poster poster = std::exchange(poster_, {});
    WaitTable::instance().give_back(*this);
}

}  // namespace juggle::cuda::detail
