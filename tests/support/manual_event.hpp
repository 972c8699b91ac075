#pragma once

#include <juggle/event_traits.hpp>
#include <juggle/resource.hpp>
#include <juggle/task.hpp>

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace support {

/// What a failed event throws.
struct EventFailed : std::runtime_error {
    EventFailed() : std::runtime_error{"the event failed"} {}
};

/// A device event whose command ends when the test says so. Waiting for it is made of what the
/// library has, so it can be cancelled. Copies stand for the same command.
class ManualEvent {
public:
    ManualEvent() : state_{std::make_shared<State>()} {}

    juggle::EventStatus status() const noexcept { return state_->status; }
    void complete() const { settle(juggle::EventStatus::complete); }
    void fail() const { settle(juggle::EventStatus::failed); }

    /// As if the command ended because the host blocked until it did.
    void wait_on_host() const {
        ++state_->host_waits;
        if (status() == juggle::EventStatus::pending) {
            complete();
        }
    }
    int host_waits() const { return state_->host_waits; }

    /// How often somebody began to wait for it in a coroutine.
    int waits() const { return state_->waits; }

    /// How many copies of it there are.
    long references() const { return state_.use_count(); }

    juggle::Task<> settled() const {
        const std::shared_ptr<State> state = state_;
        ++state->waits;
        juggle::ResourceAllocation<int> passage = co_await state->gate.acquire();
        passage.ready();
    }

    friend bool operator==(const ManualEvent&, const ManualEvent&) = default;

private:
    struct State {
        State() {
            auto taken = gate.acquire();
            (void)taken.try_wait();
            lock = std::move(taken);  // which makes it no task's, as it is the device's
        }
        ~State() {
            if (lock) {
                lock.ready();
            }
        }

        juggle::EventStatus status = juggle::EventStatus::pending;
        int host_waits = 0;
        int waits = 0;
        juggle::Resource<int> gate{0};
        juggle::ResourceAllocation<int> lock;
    };

    void settle(juggle::EventStatus status) const {
        state_->status = status;
        state_->lock.ready();
    }

    std::shared_ptr<State> state_;
};

/// The same, but waiting for it is nothing that the library knows, so it cannot be cancelled.
class ForeignEvent {
public:
    /// Waits until all of some events have settled.
    class AllSettled {
    public:
        explicit AllSettled(std::span<const ForeignEvent> events) : events_{events} {}

        bool await_ready() const { return std::ranges::all_of(events_, &ForeignEvent::is_settled); }
        void await_suspend(std::coroutine_handle<> waiting) {
            waiting_ = waiting;
            for (const ForeignEvent& event : events_) {
                if (!event.is_settled()) {
                    ++pending_;
                    event.state_->waiting.push_back(this);
                }
            }
        }
        void await_resume() const {
            for (const ForeignEvent& event : events_) {
                if (event.status() == juggle::EventStatus::failed) {
                    throw EventFailed{};
                }
            }
        }

        void one_settled() {
            if (--pending_ == 0) {
                waiting_.resume();
            }
        }

    private:
        std::span<const ForeignEvent> events_;
        std::coroutine_handle<> waiting_;
        std::size_t pending_ = 0;
    };

    juggle::EventStatus status() const noexcept { return state_->status; }
    bool is_settled() const { return status() != juggle::EventStatus::pending; }
    void complete() const { settle(juggle::EventStatus::complete); }
    void fail() const { settle(juggle::EventStatus::failed); }

private:
    struct State {
        juggle::EventStatus status = juggle::EventStatus::pending;
        std::vector<AllSettled*> waiting;
    };

    void settle(juggle::EventStatus status) const {
        state_->status = status;
        for (AllSettled* waiting : std::exchange(state_->waiting, {})) {
            waiting->one_settled();
        }
    }

    std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A device queue: remembers what it was told to wait for.
struct ManualQueue {
    std::vector<std::vector<ManualEvent>> wait_lists;
};

}  // namespace support

template <>
struct juggle::EventTraits<support::ManualEvent> {
    static EventStatus status(const support::ManualEvent& event) noexcept { return event.status(); }

    static Task<> wait(std::span<const support::ManualEvent> events) {
        for (const support::ManualEvent& event : events) {
            co_await event.settled();
        }
        throw_if_failed(events);
    }

    static void wait_on_host(std::span<const support::ManualEvent> events) noexcept {
        for (const support::ManualEvent& event : events) {
            event.wait_on_host();
        }
    }

    static void wait_on_device(support::ManualQueue& queue,
                               std::span<const support::ManualEvent> events) {
        throw_if_failed(events);
        queue.wait_lists.emplace_back(events.begin(), events.end());
    }

private:
    static void throw_if_failed(std::span<const support::ManualEvent> events) {
        for (const support::ManualEvent& event : events) {
            if (event.status() == EventStatus::failed) {
                throw support::EventFailed{};
            }
        }
    }
};

template <>
struct juggle::EventTraits<support::ForeignEvent> {
    static EventStatus status(const support::ForeignEvent& event) noexcept {
        return event.status();
    }
    static support::ForeignEvent::AllSettled wait(std::span<const support::ForeignEvent> events) {
        return support::ForeignEvent::AllSettled{events};
    }
    static void wait_on_host(std::span<const support::ForeignEvent> events) noexcept {
        for (const support::ForeignEvent& event : events) {
            if (!event.is_settled()) {
                event.complete();
            }
        }
    }
};
