#pragma once

// How the recordings of all ranks come to rank 0, and how far apart their clocks are.

#include <juggle/clock.hpp>
#include <juggle/mpi/detail/ranks.hpp>
#include <juggle/mpi/error.hpp>
#include <juggle/timeline.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// Of this rank's clock from rank 0's.
[[nodiscard]] inline TimelineClockOffset measure_offset(const Ranks& ranks, Timeline& timeline) {
    // Where there are more ranks than processors a round trip may take milliseconds.
    constexpr int min_trips = 10;
    constexpr int max_trips = 100;
    constexpr std::chrono::milliseconds long_enough{20};
    using Clock = std::chrono::steady_clock;

    std::array<std::int64_t, 1> message{};
    const auto now = [&] {
        return std::chrono::nanoseconds{timeline.now().time_since_epoch()}.count();
    };
    if (ranks.rank() == 0) {
        for (int peer = 1; peer < ranks.ranks(); ++peer) {
            for (bool goes_on = true; goes_on;) {
                ranks.receive(message, peer);
                goes_on = message[0] != 0;
                message[0] = now();
                ranks.send(message, peer);
            }
        }
        return {.at = timeline.now()};
    }
    std::int64_t shortest = (std::numeric_limits<std::int64_t>::max)();
    TimelineClockOffset best;
    Clock::time_point start;
    bool goes_on = true;
    for (int trips = 1; goes_on; ++trips) {
        goes_on = trips < min_trips || (trips < max_trips && Clock::now() - start < long_enough);
        message[0] = goes_on ? 1 : 0;
        const std::int64_t before = now();
        ranks.send(message, 0);
        ranks.receive(message, 0);
        const std::int64_t trip = now() - before;
        if (trips == 1) {
            start = Clock::now();  // for the first, rank 0 was not ready yet
        }
        if (trip < shortest) {
            shortest = trip;
            const std::int64_t at = before + trip / 2;
            best = {.at = TimePoint{std::chrono::nanoseconds{at}},
                    .offset = std::chrono::nanoseconds{message[0] - at},
                    .error = std::chrono::nanoseconds{trip - trip / 2}};
        }
    }
    return best;
}

/// As they are sent: three numbers each.
[[nodiscard]] inline std::vector<std::int64_t> numbers_of(
    std::span<const TimelineClockOffset> offsets, const TimelineClockOffset& last) {
    std::vector<std::int64_t> numbers;
    const auto add = [&](const TimelineClockOffset& one) {
        const std::chrono::nanoseconds at = one.at.time_since_epoch();
        numbers.insert(numbers.end(), {at.count(), one.offset.count(), one.error.count()});
    };
    std::ranges::for_each(offsets, add);
    add(last);
    return numbers;
}

[[nodiscard]] inline std::vector<TimelineClockOffset> offsets_of(
    std::span<const std::int64_t> numbers) {
    using std::chrono::nanoseconds;
    std::vector<TimelineClockOffset> offsets;
    for (; !numbers.empty(); numbers = numbers.subspan(3)) {
        offsets.push_back({.at = TimePoint{nanoseconds{numbers[0]}},
                           .offset = nanoseconds{numbers[1]},
                           .error = nanoseconds{numbers[2]}});
    }
    return offsets;
}

/// How many bytes a recording has, how many numbers its offsets; none of either if the rank has not
/// the memory. Both are sent when rank 0 has made room for them: one rank after the other.
using TimelineSizes = std::array<std::int64_t, 2>;

inline void send_timeline(const Ranks& ranks, Timeline& timeline,
                          std::span<const TimelineClockOffset> earlier,
                          const TimelineClockOffset& last) {
    std::string recording;
    std::vector<std::int64_t> numbers;
    TimelineSizes sizes{};
    try {
        recording = timeline.recording();
        numbers = numbers_of(earlier, last);
        sizes = {static_cast<std::int64_t>(recording.size()),
                 static_cast<std::int64_t>(numbers.size())};
    } catch (const std::bad_alloc&) {
        sizes = {};  // rank 0 is told so
    }
    ranks.send(sizes, 0);
    std::array<std::int64_t, 1> is_wanted{};
    ranks.receive(is_wanted, 0);
    if (is_wanted[0] != 0) {
        ranks.send(recording, 0);
        ranks.send(numbers, 0);
    }
}

/// What all other ranks send, and rank 0's own. Hears all of them out, even if it can no longer be
/// done.
class TimelineGatherer {
public:
    TimelineGatherer(const Ranks& ranks, Timeline& all) : ranks_{ranks}, all_{all} {}

    void gather(Timeline& own) {
        attempt(0, [&] { all_.add(own.recording(), "rank 0"); });
        for (int rank = 1; rank < ranks_.ranks(); ++rank) {
            receive(rank);
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

private:
    void receive(int rank) {
        TimelineSizes sizes{};
        std::string recording;
        std::vector<std::int64_t> numbers;
        ranks_.receive(sizes, rank);
        attempt(rank, [&] {
            if (sizes[0] == 0) {
                throw std::bad_alloc{};
            }
            recording.resize(static_cast<std::size_t>(sizes[0]));
            numbers.resize(static_cast<std::size_t>(sizes[1]));
        });
        const std::array<std::int64_t, 1> is_wanted{failure_ ? 0 : 1};
        ranks_.send(is_wanted, rank);
        if (failure_) {
            return;
        }
        ranks_.receive(recording, rank);
        ranks_.receive(numbers, rank);
        attempt(rank,
                [&] { all_.add(recording, "rank " + std::to_string(rank), offsets_of(numbers)); });
    }

    /// The first exception is the one that counts.
    template <class Call>
    void attempt(int rank, Call call) {
        if (failure_) {
            return;
        }
        const auto words = [&](const char* what) {
            return "juggle: mpi::write_timeline: of rank " + std::to_string(rank) + ": " + what;
        };
        try {
            try {
                call();
            } catch (const std::invalid_argument& error) {
                throw std::invalid_argument{words(error.what())};
            } catch (const std::bad_alloc&) {
                throw std::runtime_error{words("there is no memory for the recording")};
            }
        } catch (...) {
            failure_ = std::current_exception();
        }
    }

    const Ranks& ranks_;
    Timeline& all_;
    std::exception_ptr failure_;
};

}  // namespace juggle::mpi::detail
