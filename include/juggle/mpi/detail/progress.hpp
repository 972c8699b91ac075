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

namespace juggle::mpi::detail {

/// An executor's own: asks MPI about the requests that are outstanding. One `MPI_Testsome` a turn.
class Progress final : public bridge::Poller, public RequestOwner {
public:
    explicit Progress(Executor& executor)
        : Poller{executor}, table_{RequestTable::get("mpi: the executor")} {}
    ~Progress() override {
        drain();
        table_.forget(*this);
    }

    void set_options(const ProgressOptions& options) noexcept { options_ = options; }

    /// A task of this executor begins or ends to wait for a request.
    void wait_begins() noexcept {
        ++waits_;
        idle_passes_ = 0;
    }
    void wait_ends() noexcept { --waits_; }

    /// Asks at once again, for something was started.
    void note_start(Request& request) noexcept {
        idle_passes_ = 0;
        if (executor().observer() != nullptr) [[unlikely]] {
            request.owner = this;
            request.begin = std::chrono::steady_clock::now();
        }
    }

    [[nodiscard]] std::optional<TimePoint> poll() noexcept override {
        if (table_.size() == 0 || table_.finalised()) {
            return std::nullopt;
        }
        const bool naps = idle_passes_ >= options_.spins;
        if (table_.test(naps) != 0) {
            idle_passes_ = 0;
            return TimePoint::min();
        }
        if (!naps) {
            if (++idle_passes_ == options_.spins) {
                idle_since_ = executor().now();
            }
            return TimePoint::min();
        }
        const TimePoint now = executor().now();
        return now + std::clamp(Duration{(now - idle_since_) / 8}, options_.shortest_nap,
                                options_.longest_nap);
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
            observer->command(lane, what, request.begin, request.end);
        } catch (const std::bad_alloc&) {
            // not shown
        }
    }

private:
    /// What is under way may complete, as long as it is worth waiting.
    void drain() noexcept {
        const TimePoint end = std::chrono::steady_clock::now() + options_.drain;
        Nap nap;
        while (table_.size() != 0 && !table_.finalised()) {
            if (table_.test(true) == 0) {
                if (std::chrono::steady_clock::now() >= end) {
                    return;
                }
                nap.sleep();
            }
        }
    }

    RequestTable& table_;
    ErrorsReturn world_{MPI_COMM_WORLD};
    ErrorsReturn self_{MPI_COMM_SELF};
    ProgressOptions options_;
    int waits_ = 0;
    int idle_passes_ = 0;
    TimePoint idle_since_{};
};

}  // namespace juggle::mpi::detail
