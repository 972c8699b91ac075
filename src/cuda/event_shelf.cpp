#include "event_shelf.hpp"

#include <atomic>
#include <memory>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

constinit std::atomic<EventShelf*> newest_shelf{nullptr};
constinit std::atomic<std::uint64_t> records{0};

/// A context may be where another one has been, whose events are gone with it.
std::uint64_t id_of(const StreamContext& stream, const char* call) {
    unsigned long long id = 0;
    if (stream.driver().context_id != nullptr) {
        check(stream.driver().context_id(stream.context(), &id), call, "cuCtxGetId");
    }
    return id;
}

std::uint64_t next_sequence() noexcept {
    return records.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

EventShelf& EventShelf::of(const StreamContext& stream, const char* call) {
    const std::uint64_t id = id_of(stream, call);
    const auto find = [&](EventShelf* from) noexcept {
        while (from != nullptr && (from->context_ != stream.context() || from->id_ != id)) {
            from = from->next_;
        }
        return from;
    };
    EventShelf* newest = newest_shelf.load(std::memory_order_acquire);
    if (EventShelf* const known = find(newest)) {
        return *known;
    }
    std::unique_ptr<EventShelf> mine{new EventShelf{stream.context(), id}};
    mine->next_ = newest;
    while (
        !newest_shelf.compare_exchange_weak(mine->next_, mine.get(), std::memory_order_acq_rel)) {
        if (EventShelf* const known = find(mine->next_)) {
            return *known;
        }
    }
    return *mine.release();
}

EventRecord& EventShelf::take(const Driver& driver, const char* call, bool timed) {
    EventRecord& record = obtain(driver, call, timed);
    record.references_.store(1, std::memory_order_relaxed);
    return record;
}

CUresult EventShelf::record(const Driver& driver, EventRecord& record, CUstream stream) noexcept {
    record.begin(stream, CUDA_SUCCESS);
    const CUresult code = driver.cuEventRecord(record.event_, stream);
    record.sequence_ = next_sequence();
    return code;
}

void EventShelf::record_later(EventRecord& record, CUstream stream, CUresult refusal) noexcept {
    record.begin(stream, refusal);
    record.sequence_ = next_sequence();
    if (stream == CU_STREAM_PER_THREAD) {
        (void)record.settle(refusal, false);  // another thread would ask about its own
    }
}

EventRecord& EventShelf::obtain(const Driver& driver, const char* call, bool timed) {
    Kind& kind = kinds_[timed ? 1 : 0];
    if (EventRecord* const settled = pop(kind.settled)) {
        return *settled;
    }
    // Two at a time: so those that were given up do not become more and more.
    for (int looks = 0; looks < 2; ++looks) {
        EventRecord* const oldest = pop(kind.unsettled);
        if (oldest == nullptr) {
            break;
        }
        if (oldest->look() == CUDA_ERROR_NOT_READY || oldest->lost_) {
            put(*oldest);
        } else {
            return *oldest;
        }
    }
    CUevent event = nullptr;
    const unsigned flags = CU_EVENT_BLOCKING_SYNC | (timed ? 0 : CU_EVENT_DISABLE_TIMING);
    check(driver.cuEventCreate(&event, flags), call, "cuEventCreate");
    try {
        return *new EventRecord{*this, context_, event, timed};
    } catch (...) {
        (void)driver.cuEventDestroy(event);
        throw;
    }
}

void EventShelf::put(EventRecord& record) noexcept {
    Kind& kind = kinds_[record.timed() ? 1 : 0];
    const std::lock_guard lock{mutex_};
    if (record.code() == CUDA_ERROR_NOT_READY) {
        kind.unsettled.push(record);
    } else if (record.lost_) {
        lost_.push(record);
    } else {
        kind.settled.push(record);
    }
}

EventRecord* EventShelf::pop(Queue& queue) noexcept {
    const std::lock_guard lock{mutex_};
    return queue.pop();
}

void EventShelf::Queue::push(EventRecord& record) noexcept {
    record.next_ = nullptr;
    (last == nullptr ? first : last->next_) = &record;
    last = &record;
}

EventRecord* EventShelf::Queue::pop() noexcept {
    EventRecord* const record = first;
    if (record != nullptr) {
        first = record->next_;
        last = first == nullptr ? nullptr : last;
    }
    return record;
}

}  // namespace juggle::cuda::detail
