#pragma once

#include <juggle/bridge/waiter.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/mpi/detail/call.hpp>
#include <juggle/mpi/detail/progress.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/error.hpp>
#include <juggle/mpi/event.hpp>
#include <juggle/mpi/status.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// Waits until all events have settled. One is watched at a time: the wait is over when the last
/// has settled, whatever the order. The events must outlive the await.
class EventsAwaiter final : public bridge::Waiter, private RequestListener {
public:
    explicit EventsAwaiter(std::span<const Event> events) noexcept : events_{events} {}
    EventsAwaiter(const EventsAwaiter&) = delete;
    EventsAwaiter& operator=(const EventsAwaiter&) = delete;
    ~EventsAwaiter() = default;

    /// Looks some more times at what may be about to come: that takes less time than to suspend.
    [[nodiscard]] bool await_ready() noexcept {
        for (int looks = 0; looks < max_looks; ++looks) {
            if (skip_settled()) {
                return true;
            }
        }
        return false;
    }

    /// What is known of the last of them, which is the only one where one is awaited. `Error` of
    /// the first that failed.
    Status await_resume() const {
        throw_if_stopped();
        Status status;
        const Request* failed = nullptr;
        for (const Event& event : events_) {
            const Request* const request = EventAccess::request(event);
            if (request == nullptr) {
                continue;
            }
            if (request->status == EventStatus::failed && failed == nullptr) [[unlikely]] {
                failed = request;
            }
            status = Status{request->message};
        }
        if (failed != nullptr) [[unlikely]] {
            throw_error(*failed);
        }
        return status;
    }

private:
    static constexpr int max_looks = 8;

    [[noreturn]] static void throw_error(const Request& request) {
        throw Error{request.error, mpi::detail::describe(request.call)};
    }

    void start() override {
        (void)RequestTable::get("co_await of an mpi::Event");
        progress_ = &Progress::of(executor());
        if (skip_settled()) {
            complete();
            return;
        }
        progress_->wait_begins();
        listen();
    }
    void cancel() noexcept override {
        RequestTable::instance().forget(*EventAccess::request(events_[next_]), *this);
        progress_->wait_ends();
        give_up();
    }
    [[nodiscard]] std::string describe() const override { return events_[next_].describe(); }

    void request_settled() noexcept override {
        // What is known is enough: of the others the table is about to tell, and to ask it here
        // would lead from task to task.
        while (next_ < events_.size() && is_known_to_be_settled(events_[next_])) {
            ++next_;
        }
        if (next_ == events_.size()) {
            progress_->wait_ends();
            complete();
        } else {
            listen();
        }
    }
    void listen() noexcept {
        RequestTable::instance().listen(*EventAccess::request(events_[next_]), *this);
    }

    [[nodiscard]] static bool is_known_to_be_settled(const Event& event) noexcept {
        const Request* const request = EventAccess::request(event);
        return request == nullptr || request->status != EventStatus::pending;
    }
    [[nodiscard]] bool skip_settled() noexcept {
        while (next_ < events_.size() && events_[next_].status() != EventStatus::pending) {
            ++next_;
        }
        return next_ == events_.size();
    }

    std::span<const Event> events_;
    std::size_t next_ = 0;
    Progress* progress_ = nullptr;
};

}  // namespace juggle::mpi::detail
