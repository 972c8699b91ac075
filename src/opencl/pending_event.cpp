#include "pending_event.hpp"

#include <juggle/executor.hpp>
#include <juggle/opencl/detail/calls.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

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
class EntryTable {
public:
    [[nodiscard]] static EntryTable& instance() noexcept {
        union Immortal {  // for drivers call back after static variables are destroyed
            Immortal() noexcept : table{} {}
            ~Immortal() {}
            EntryTable table;
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

    [[nodiscard]] PendingEvent& obtain() {
        const std::lock_guard lock{mutex_};
        if (free_ == nullptr) {
            grow();
        }
        PendingEvent& entry = *free_;
        free_ = entry.next_free_;
        return entry;
    }

    void give_back(PendingEvent& entry) noexcept {
        const std::lock_guard lock{mutex_};
        entry.next_free_ = free_;
        free_ = &entry;
    }

    [[nodiscard]] PendingEvent& at(std::uint32_t number) const noexcept {
        return (*blocks_[number / block_size].load(std::memory_order_acquire))[number % block_size];
    }

private:
    static constexpr std::uint32_t block_size = 256;
    static constexpr std::uint32_t max_blocks = 256;  // 65,536: all that half a pointer can number

    struct Block {
        alignas(PendingEvent) std::byte storage[block_size][sizeof(PendingEvent)];
        PendingEvent& operator[](std::uint32_t index) noexcept {
            return *std::launder(reinterpret_cast<PendingEvent*>(&storage[index]));
        }
    };

    void grow() {
        if (block_count_ == max_blocks) {
            throw std::bad_alloc{};
        }
        auto* block = new Block;
        for (std::uint32_t index = block_size; index-- > 0;) {
            auto* entry =
                ::new (&block->storage[index]) PendingEvent{block_count_ * block_size + index};
            entry->next_free_ = free_;
            free_ = entry;
        }
        blocks_[block_count_].store(block, std::memory_order_release);
        ++block_count_;
    }

    std::mutex mutex_;
    PendingEvent* free_ = nullptr;
    std::uint32_t block_count_ = 0;
    std::array<std::atomic<Block*>, max_blocks> blocks_{};
};

PendingEvent& PendingEvent::obtain() { return EntryTable::instance().obtain(); }

void PendingEvent::watch(EventMonitor& monitor, cl_event event,
                         SettledListener& listener) noexcept {
    monitor_ = &monitor;
    listener_ = &listener;
    event_ = event;
    clRetainEvent(event);
    interval_ = monitor.options().first_sweep;
    due_ = later_by(monitor.executor().now(), interval_);
    refusals_ = 0;
    index_ = monitor.pending_.size();
    monitor.pending_.push_back(this);
    ++monitor.waited_for_;
    monitor.next_look_ = std::min(monitor.next_look_, due_);

    poster_ = monitor.executor().poster();
    const Use use = word_.load(std::memory_order_relaxed);
    word_.store({use.number, State::armed}, std::memory_order_release);
    // Whatever happens from here on, inside the call too, is the business of the word. If the call
    // fails the sweep remains.
    if (clSetEventCallback(event, CL_COMPLETE, &PendingEvent::on_event, ticket()) != CL_SUCCESS) {
        (void)change(State::armed, State::idle);
    }
}

void PendingEvent::abandon() noexcept {
    listener_ = nullptr;
    --monitor_->waited_for_;
    if (change(State::armed, State::idle)) {
        poster_ = {};  // the callback does nothing now, so nothing is to come of it
    }
}

void PendingEvent::flush() noexcept { flush_queue_of(event_); }

void* PendingEvent::ticket() const noexcept {
    const Use use = word_.load(std::memory_order_relaxed);
    return reinterpret_cast<void*>((std::uintptr_t{use.number & ticket_mask} << ticket_bits) |
                                   number_);
}

void PendingEvent::on_event(cl_event, cl_int, void* ticket) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(ticket);
    PendingEvent& entry = EntryTable::instance().at(static_cast<std::uint32_t>(bits & ticket_mask));
    Use expected{static_cast<std::uint32_t>(bits >> ticket_bits), State::armed};
    if (!entry.word_.compare_exchange_strong(expected, {expected.number, State::fired},
                                             std::memory_order_acq_rel)) {
        return;
    }
    if (!entry.poster_.post(entry) && !entry.change(State::fired, State::idle)) {
        entry.recycle();  // the executor is gone, and done with the entry
    }
}

void PendingEvent::callback_came(PostNode& node) noexcept {
    auto& entry = static_cast<PendingEvent&>(node);
    if (!entry.change(State::fired, State::idle)) {
        entry.recycle();  // orphaned: the sweep was first
        return;
    }
    // The status argument may lie, and some drivers call early: only the query counts. If it has
    // not settled the sweep goes on.
    (void)entry.look();
}

bool PendingEvent::sweep(TimePoint now) noexcept {
    flush();  // again, in case it was refused
    if (look()) {
        return true;
    }
    const std::chrono::nanoseconds longest = monitor_->options().longest_sweep;
    interval_ = interval_ > longest / 2 ? longest : 2 * interval_;
    due_ = later_by(now, interval_);
    return false;
}

bool PendingEvent::look() noexcept {
    cl_int status = settled_status(event_);
    if (status == unknown_status) [[unlikely]] {
        status = ask_again();
    } else {
        refusals_ = 0;
    }
    if (status > CL_COMPLETE) {
        return false;
    }
    settle(status);
    leave();
    return true;
}

cl_int PendingEvent::ask_again() noexcept {
    constexpr unsigned max_refusals = 8;
    cl_int status = unknown_status;
    const cl_int code = query_settled_status(event_, status);
    return code != CL_SUCCESS && ++refusals_ >= max_refusals ? code : status;
}

void PendingEvent::settle(cl_int status) noexcept {
    SettledListener* listener = std::exchange(listener_, nullptr);
    monitor_->waited_for_ -= listener == nullptr ? 0 : 1;
    leave_monitor();
    if (listener != nullptr) {
        listener->settled(status);
    }
}

void PendingEvent::leave_monitor() noexcept {
    std::vector<PendingEvent*>& pending = std::exchange(monitor_, nullptr)->pending_;
    pending[index_] = pending.back();
    pending[index_]->index_ = index_;
    pending.pop_back();
    clReleaseEvent(std::exchange(event_, nullptr));
}

void PendingEvent::detach() noexcept {
    leave_monitor();
    leave();
}

bool PendingEvent::change(State from, State to) noexcept {
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

void PendingEvent::leave() noexcept {
    (void)change(State::armed, State::idle);
    if (!change(State::fired, State::orphaned)) {
        recycle();
    }
}

void PendingEvent::recycle() noexcept {
    const Use use = word_.load(std::memory_order_relaxed);
    word_.store({(use.number + 1) & ticket_mask, State::idle}, std::memory_order_release);
    const Poster poster = std::exchange(poster_, {});
    EntryTable::instance().give_back(*this);
}

}  // namespace juggle::opencl::detail
