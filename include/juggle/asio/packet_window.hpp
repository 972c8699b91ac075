#pragma once

#include <juggle/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::asio {

/// Says where a packet's payload belongs, by its sequence number: in which of a few open chunks,
/// and which place there. Packets may come late, twice, in any order, or not at all.
///
/// A chunk has `packets_per_chunk` places. At most `max_open` chunks are open at a time, each the
/// successor of the one before; they are taken oldest first. A `Chunk` is what the program fills:
/// a `ResourceAllocation`, a pointer. The window moves no payload and waits for nothing:
///
/// ```
/// auto place = window.place(sequence);
/// while (place.needs_chunk) {
///     while (window.must_take()) {
///         co_await full.push(window.take());
///     }
///     Ring::Allocation ticket = co_await ring.acquire();
///     Memory& memory = *ticket;
///     window.open(std::move(ticket), memory.present);
///     place = window.place(sequence);
/// }
/// if (place) {  // else it is late, there already, or astray: counted
///     std::ranges::copy(payload, (*place.chunk)->samples.begin() + place.index * payload.size());
/// }
/// ```
///
/// Sequence numbers are the low `sequence_bits` bits of a count that goes on: they may wrap. One
/// that is up to `max_open` chunks ahead of the open ones moves the window there, and the chunks
/// between come out with nothing in them; one that is as far behind is late. Anything further off
/// is astray, and goes nowhere until `restart_after` such packets in a row are close to each other:
/// then the sender has started again, or much was lost, and the window starts anew at the last of
/// them. So one damaged number does no harm.
///
/// After the chunk window of spead2's receiver.
template <class Chunk>
class PacketWindow {
public:
    struct Options {
        std::size_t packets_per_chunk = 0;
        std::size_t max_open = 2;
        std::size_t restart_after = 16;
        unsigned sequence_bits = 64;
    };

    /// Where a packet belongs. True if it has a place.
    struct Place {
        Chunk* chunk = nullptr;    ///< null if it has none
        std::size_t index = 0;     ///< among the chunk's places
        bool needs_chunk = false;  ///< it will have one when another chunk has been opened

        explicit operator bool() const noexcept { return chunk != nullptr; }
    };

    struct Taken {
        Chunk chunk;
        /// Of its first place, counted on beyond `sequence_bits`.
        std::uint64_t first_sequence;
        std::size_t missing;
    };

    struct Counts {
        std::uint64_t placed = 0;
        std::uint64_t late = 0;  ///< for chunks that were taken before; some may have been doubled
        std::uint64_t doubled = 0;  ///< the place was taken
        std::uint64_t astray = 0;   ///< too far off
        std::uint64_t missing = 0;  ///< places of chunks that were taken without a packet in them
        std::uint64_t chunks = 0;   ///< taken
        std::uint64_t restarts = 0;
    };

    /// `std::invalid_argument` if a number is zero, if there are more than 64 bits, or if the open
    /// chunks would be a quarter of all sequence numbers.
    explicit PacketWindow(const Options& options) : options_{options} {
        check_option("packets_per_chunk", options.packets_per_chunk,
                     options.packets_per_chunk != 0);
        check_option("max_open", options.max_open, options.max_open != 0);
        check_option("restart_after", options.restart_after, options.restart_after != 0);
        check_option("sequence_bits", options.sequence_bits,
                     options.sequence_bits >= 2 && options.sequence_bits <= 64);
        const std::uint64_t quarter = std::uint64_t{1} << (options.sequence_bits - 2);
        check_option("max_open", options.max_open,
                     options.max_open <= (quarter - 1) / options.packets_per_chunk);
        reach_ = static_cast<std::int64_t>(options.max_open * options.packets_per_chunk);
        slots_.resize(options.max_open);
    }

    /// The place for the packet with this number, which is marked there. It is the caller's to
    /// fill, at once; a packet that is no good must not be asked for.
    ///
    /// Without a place: the packet is late, doubled or astray, which is counted; or it needs
    /// another chunk, and nothing has changed.
    [[nodiscard]] Place place(std::uint64_t sequence) noexcept {
        if (!started_) {
            restart_at_ = aligned(sequence & mask());
            return Place{.needs_chunk = true};
        }
        const std::int64_t distance = distance_between(first_, sequence);
        if (distance < -reach_ || distance >= end() + reach_) [[unlikely]] {
            return place_astray(sequence, distance);
        }
        astray_in_a_row_ = 0;
        restart_at_.reset();
        if (distance < 0) [[unlikely]] {
            ++counts_.late;
            return {};
        }
        if (distance >= end()) [[unlikely]] {
            return Place{.needs_chunk = true};
        }
        const auto ahead = static_cast<std::uint64_t>(distance);
        Slot& found = slot(static_cast<std::size_t>(ahead / options_.packets_per_chunk));
        const auto index = static_cast<std::size_t>(ahead % options_.packets_per_chunk);
        if (found.present[index] != 0) [[unlikely]] {
            ++counts_.doubled;
            return {};
        }
        found.present[index] = 1;
        ++found.received;
        ++counts_.placed;
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is open
        return Place{.chunk = &*found.chunk, .index = index};
    }

    /// Whether the oldest chunk has to be taken before another can be opened: as many as may be are
    /// open, or the window is to start anew.
    [[nodiscard]] bool must_take() const noexcept {
        return open_ == options_.max_open || (restart_at_ && open_ != 0);
    }

    /// Whether each place of the oldest chunk has its packet, so that it may be taken early.
    [[nodiscard]] bool oldest_is_complete() const noexcept {
        return open_ != 0 && slots_[oldest_].received == options_.packets_per_chunk;
    }

    /// Opens the chunk after the newest one; the one that `place` has asked for if there is none.
    /// `present` has a byte for each place: 0, or 1 when its packet is there. It must be where it
    /// is until the chunk has been taken, in the chunk's own memory for instance; what a place
    /// without a packet holds is left as it is.
    ///
    /// `std::invalid_argument` if `present` is of another size, `std::logic_error` if
    /// `must_take()`, or if `place` was never called.
    void open(Chunk chunk, std::span<std::uint8_t> present) {
        if (present.size() != options_.packets_per_chunk) {
            throw std::invalid_argument{"juggle: PacketWindow::open: argument 'present' has " +
                                        std::to_string(present.size()) + " bytes, not " +
                                        std::to_string(options_.packets_per_chunk)};
        }
        if (must_take()) {
            throw std::logic_error{
                "juggle: PacketWindow::open: the oldest chunk has to be taken first"};
        }
        if (restart_at_) {
            start_anew();
        } else if (!started_) {
            throw std::logic_error{"juggle: PacketWindow::open: no packet has asked for a chunk"};
        }
        Slot& newest = slot(open_);
        newest.chunk.emplace(std::move(chunk));
        std::ranges::fill(present, std::uint8_t{0});
        newest.present = present;
        newest.received = 0;
        ++open_;
    }

    /// Takes the oldest chunk, complete or not. `std::logic_error` if none is open.
    [[nodiscard]] Taken take() {
        if (open_ == 0) {
            throw std::logic_error{"juggle: PacketWindow::take: no chunk is open"};
        }
        Slot& slot = slots_[oldest_];
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is open
        Taken taken{std::move(*slot.chunk), first_, options_.packets_per_chunk - slot.received};
        slot.chunk.reset();
        oldest_ = oldest_ + 1 == slots_.size() ? 0 : oldest_ + 1;
        --open_;
        first_ += options_.packets_per_chunk;
        counts_.missing += taken.missing;
        ++counts_.chunks;
        return taken;
    }

    /// How many chunks are open.
    [[nodiscard]] std::size_t size() const noexcept { return open_; }
    [[nodiscard]] bool empty() const noexcept { return open_ == 0; }
    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

private:
    struct Slot {
        std::optional<Chunk> chunk;
        std::span<std::uint8_t> present;
        std::size_t received = 0;
    };

    static void check_option(const char* argument, std::uint64_t value, bool good) {
        if (!good) {
            throw std::invalid_argument{"juggle: PacketWindow: argument '" + std::string{argument} +
                                        "' is " + std::to_string(value)};
        }
    }

    [[nodiscard]] std::uint64_t mask() const noexcept {
        return ~std::uint64_t{0} >> (64 - options_.sequence_bits);
    }
    [[nodiscard]] std::uint64_t aligned(std::uint64_t sequence) const noexcept {
        return sequence - sequence % options_.packets_per_chunk;
    }
    /// The shorter way round.
    [[nodiscard]] std::int64_t distance_between(std::uint64_t from,
                                                std::uint64_t sequence) const noexcept {
        const unsigned unused = 64 - options_.sequence_bits;
        return static_cast<std::int64_t>((sequence - from) << unused) >> unused;
    }
    [[nodiscard]] std::int64_t end() const noexcept {
        return static_cast<std::int64_t>(open_ * options_.packets_per_chunk);
    }
    [[nodiscard]] Slot& slot(std::size_t number) noexcept {
        const std::size_t index = oldest_ + number;
        return slots_[index < slots_.size() ? index : index - slots_.size()];
    }

    [[gnu::noinline]] Place place_astray(std::uint64_t sequence, std::int64_t distance) noexcept {
        const std::int64_t from_last = distance_between(astray_, sequence);
        const bool close = astray_in_a_row_ != 0 && from_last >= -reach_ && from_last < reach_;
        astray_in_a_row_ = close ? astray_in_a_row_ + 1 : 1;
        astray_ = sequence;
        if (astray_in_a_row_ < options_.restart_after) {
            ++counts_.astray;
            restart_at_.reset();
            return {};
        }
        // Below zero there is nothing: the count of a sender that began again has begun there.
        const auto back = std::uint64_t{0} - static_cast<std::uint64_t>(distance);
        const bool before_zero = distance < 0 && back > first_;
        restart_at_ = aligned(before_zero ? sequence & mask()
                                          : first_ + static_cast<std::uint64_t>(distance));
        return Place{.needs_chunk = true};
    }

    void start_anew() noexcept {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it has one
        first_ = *restart_at_;
        restart_at_.reset();
        astray_in_a_row_ = 0;
        counts_.restarts += started_ ? 1 : 0;
        started_ = true;
    }

    Options options_;
    std::int64_t reach_ = 0;  // how many packets around the open chunks are not astray
    std::vector<Slot> slots_;
    std::size_t oldest_ = 0;
    std::size_t open_ = 0;
    bool started_ = false;
    std::uint64_t first_ = 0;  // of the oldest open chunk, or of the next one to be opened
    std::optional<std::uint64_t> restart_at_;
    std::size_t astray_in_a_row_ = 0;
    std::uint64_t astray_ = 0;  // the last of these
    Counts counts_;
};

}  // namespace juggle::asio
