#pragma once

#include <juggle/bridge/poller.hpp>
#include <juggle/bridge/report.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/clock.hpp>
#include <juggle/executor.hpp>
#include <juggle/mpi/detail/nap.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/errors_return.hpp>
#include <juggle/mpi/progress_options.hpp>
#include <juggle/observer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// An executor's own: asks MPI about the requests that are outstanding. One `MPI_Testsome` a turn.
class Progress final : public bridge::Poller, public RequestOwner {
public:
    explicit Progress(Executor& executor)
        : Poller{executor}, table_{RequestTable::get("mpi: the executor")} {}
    ~Progress() override {
        drain();
        table_.forget(*this);
        if (last_used_ == this) {
            last_used_ = nullptr;
        }
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// That of this executor.
    [[nodiscard]] static Progress& of(Executor& executor) {
        if (last_used_ == nullptr || &last_used_->executor() != &executor) [[unlikely]] {
            last_used_ = &bridge::service<Progress>(executor);
        }
        return *last_used_;
    }

    void set_options(const ProgressOptions& options) noexcept {
        options_ = options;
        spin_ = options.spin;
    }

    /// A task of this executor begins or ends to wait for a request.
    void wait_begins() noexcept {
        ++waits_;
        be_alert();
    }
    void wait_ends() noexcept { --waits_; }

    /// A call is going to be made, by the task that runs.
    void note_call(Request& request) noexcept {
        if (const Observer* const observer = executor().observer(); observer != nullptr)
            [[unlikely]] {
            request.owner = this;
            request.begin = executor().now();
            request.work = observer->work();
        }
    }
    /// Asks at once again, for something was started.
    void be_alert() noexcept {
        idle_passes_ = 0;
        naps_ = false;
    }

    [[nodiscard]] std::optional<TimePoint> poll() noexcept override {
        if (table_.size() == 0 || table_.finalised()) {
            return std::nullopt;
        }
        // After a nap at all of them, and twice: Open MPI may notice in one call what it tells in
        // the next one. Between naps the executor is busy with other things.
        const bool after_nap = naps_ && std::chrono::steady_clock::now() >= next_look_;
        if (table_.test(after_nap) != 0 || (after_nap && table_.test(true) != 0)) {
            note_completion();
            return (TimePoint::min)();
        }
        ++idle_passes_;
        if (!naps_ && idle_passes_ % passes_between_clocks != 0 && spin_.count() > 0) {
            return (TimePoint::min)();
        }
        // Real time, also where the executor's clock is a fake, which stands still meanwhile.
        const TimePoint now = std::chrono::steady_clock::now();
        if (idle_passes_ <= passes_between_clocks && !naps_) {
            idle_since_ = now;
        }
        const Duration idle = now - idle_since_;
        naps_ = idle >= spin_;
        if (!naps_) {
            return (TimePoint::min)();
        }
        const Duration nap = std::clamp(idle, options_.shortest_nap, options_.longest_nap);
        next_look_ = now + nap;
        return executor().now() + nap;
    }

    [[nodiscard]] bool is_awaited() const noexcept override { return waits_ != 0; }

    void show(Request& request) noexcept override {
        Observer* const observer = executor().observer();
        if (observer == nullptr || request.status == EventStatus::failed) {
            return;
        }
        try {
            const int peer = request.call.peer == MPI_ANY_SOURCE ? request.message.MPI_SOURCE
                                                                 : request.call.peer;
            const std::string lane =
                peer == Call::nobody ? "MPI, all ranks" : "MPI, rank " + std::to_string(peer);
            std::string what{call_name(request.call)};
            if (request.call.has_tag) {
                const int tag =
                    request.call.tag == MPI_ANY_TAG ? request.message.MPI_TAG : request.call.tag;
                what += ", tag " + std::to_string(tag);
            }
            observer->message(lane, what, request.begin, executor().now(), request.work);
        } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): not shown
        }
    }

private:
    static constexpr std::uint64_t passes_between_clocks = 32;

    /// After a wait that was long the next one may be, too.
    void note_completion() noexcept {
        const bool was_long =
            naps_ && std::chrono::steady_clock::now() - idle_since_ > options_.spin;
        spin_ = was_long ? (std::max)(Duration{spin_ / 2}, Duration{options_.spin / 32})
                         : options_.spin;
        be_alert();
    }

    /// What is under way may complete, as long as it is worth waiting.
    void drain() noexcept {
        const TimePoint start = std::chrono::steady_clock::now();
        Nap nap;
        while (table_.size() != 0 && !table_.finalised()) {
            if (table_.test(true) == 0) {
                if (std::chrono::steady_clock::now() - start >= options_.drain) {
                    return;
                }
                (void)nap.sleep();
            }
        }
    }

    inline static thread_local Progress* last_used_ = nullptr;

    RequestTable& table_;
    ErrorsReturn world_{MPI_COMM_WORLD};
    ErrorsReturn self_{MPI_COMM_SELF};
    ProgressOptions options_;
    Duration spin_ = options_.spin;
    bool naps_ = false;
    int waits_ = 0;
    std::uint64_t idle_passes_ = 0;
    TimePoint idle_since_{};
    TimePoint next_look_{};  // while it naps
};

}  // namespace juggle::mpi::detail
