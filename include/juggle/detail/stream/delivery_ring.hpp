#pragma once

#include <juggle/detail/stream/thread_gate.hpp>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// Bounded first-in first-out ring that one thread puts into and many take from, without locks; who
/// finds it empty may sleep until there is an element. `ThreadRing` the other way round.
///
/// Positions only ever grow: the lower bits are the cell, the upper ones count the rounds. `tail_`
/// is the next position to be put into, and all before it have been; `head_` is the next to be
/// taken from. A consumer claims a position by moving `head_` on, if that is not `tail_`.
///
/// The state of a cell:
///
/// - *free*: no element. The producer makes it full.
/// - *full*: an element, or one that is being taken out. Its consumer makes it free, the producer
///   awaited.
/// - *awaited*: the same, and the thread that replaces this value, and no other, notifies the
///   producer. Its consumer makes it free, a thread that closes makes it full.
///
/// The producer puts into cells in order, so awaiting one is enough. What it writes into a cell is
/// seen by the consumer because that acquires `tail_`, which is written after it; that a cell is
/// free again is seen by the producer because it acquires *free*. Who acquires `head_` sees a
/// `tail_` that is not behind it, because who moved `head_` on had seen one.
///
/// Who closes sets `closed_`, then looks at the cell at `tail_` for a producer that awaits it; who
/// awaits a cell looks at `closed_` afterwards. All of these are sequentially consistent, so one of
/// the two sees the other.
template <class T>
class DeliveryRing {
public:
    /// What became of an attempt to take.
    enum class Take {
        taken,
        taken_and_awaited,  ///< the producer must be told
        empty,
        ended  ///< and closed
    };

    /// The largest capacity.
    static constexpr std::size_t most() noexcept {
        return static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)()) /
               sizeof(Cell);
    }

    explicit DeliveryRing(std::size_t capacity)
        : capacity_{capacity}, round_{std::bit_ceil(std::uint64_t{capacity})},
          cells_{std::make_unique<Cell[]>(capacity)} {}

    DeliveryRing(const DeliveryRing&) = delete;
    DeliveryRing& operator=(const DeliveryRing&) = delete;

    /// Destroys the elements. No thread may take any more.
    ~DeliveryRing() {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        for (std::uint64_t head = head_.load(std::memory_order_relaxed); head != tail;
             head = after(head)) {
            std::destroy_at(cell_at(head).element());
        }
    }

    // From any thread.

    [[nodiscard]] Take try_take(std::optional<T>& element) noexcept {
        std::uint64_t head = head_.load(std::memory_order_acquire);
        for (;;) {
            if (head == tail_.load(std::memory_order_seq_cst)) {
                if (!closed_.load(std::memory_order_seq_cst)) {
                    return Take::empty;
                }
                // What was put in before it was closed comes before the end.
                if (head == tail_.load(std::memory_order_acquire)) {
                    return Take::ended;
                }
            }
            if (head_.compare_exchange_weak(head, after(head), std::memory_order_release,
                                            std::memory_order_acquire)) {
                return take(cell_at(head), element);
            }
        }
    }

    /// Sleeps while the ring is empty.
    [[nodiscard]] Take take(std::optional<T>& element) noexcept {
        for (;;) {
            Take result = try_take(element);
            if (result != Take::empty) {
                return result;
            }
            const std::uint32_t number = gate_.shut();
            result = try_take(element);
            if (result != Take::empty) {
                return result;
            }
            gate_.sleep(number);
        }
    }

    /// Nothing is to be put in from now on, and no thread sleeps any more. True: the producer must
    /// be told.
    [[nodiscard]] bool close() noexcept {
        if (closed_.exchange(true, std::memory_order_seq_cst)) {
            return false;
        }
        gate_.open();
        return cell_at(tail_.load(std::memory_order_seq_cst)).stop_awaiting();
    }

    [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

    // What follows is for the producer only.

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// How many elements nobody has begun to take out.
    [[nodiscard]] std::size_t size() const noexcept {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        const std::uint64_t unused_places = (tail / round_ - head / round_) * (round_ - capacity_);
        return static_cast<std::size_t>(tail - head - unused_places);
    }

    [[nodiscard]] bool has_room() const noexcept {
        return last_cell().state.load(std::memory_order_acquire) == State::free;
    }

    /// Precondition: it has room.
    void put(T& element) noexcept {
        Cell& cell = last_cell();
        std::construct_at(reinterpret_cast<T*>(cell.memory), std::move(element));
        cell.state.store(State::full, std::memory_order_relaxed);
        tail_.store(after(tail_.load(std::memory_order_relaxed)), std::memory_order_seq_cst);
        gate_.open();
    }

    /// True: the thread that makes room, or closes, learns that the producer must be told. False:
    /// there is room, or it is closed.
    [[nodiscard]] bool await() noexcept {
        Cell& cell = last_cell();
        State state = State::full;
        if (!cell.state.compare_exchange_strong(state, State::awaited, std::memory_order_seq_cst)) {
            return false;
        }
        return !closed_.load(std::memory_order_seq_cst) || !cell.stop_awaiting();
    }

private:
    enum class State : std::uint8_t { free, full, awaited };

    struct Cell {
        [[nodiscard]] T* element() noexcept { return std::launder(reinterpret_cast<T*>(memory)); }

        /// False: nobody awaited it, or another thread is telling so.
        [[nodiscard]] bool stop_awaiting() noexcept {
            State expected = State::awaited;
            return state.compare_exchange_strong(expected, State::full, std::memory_order_seq_cst);
        }

        std::atomic<State> state{State::free};
        alignas(T) std::byte memory[sizeof(T)];
    };

    [[nodiscard]] std::uint64_t after(std::uint64_t position) const noexcept {
        const std::uint64_t next_cell = (position & (round_ - 1)) + 1;
        return next_cell < capacity_ ? position + 1 : position - next_cell + 1 + round_;
    }
    [[nodiscard]] Cell& cell_at(std::uint64_t position) const noexcept {
        return cells_[static_cast<std::size_t>(position & (round_ - 1))];
    }
    [[nodiscard]] Cell& last_cell() const noexcept {
        return cell_at(tail_.load(std::memory_order_relaxed));
    }

    [[nodiscard]] static Take take(Cell& cell, std::optional<T>& element) noexcept {
        element.emplace(std::move(*cell.element()));
        std::destroy_at(cell.element());
        return cell.state.exchange(State::free, std::memory_order_acq_rel) == State::awaited
                   ? Take::taken_and_awaited
                   : Take::taken;
    }

    static constexpr std::size_t cache_line = 64;

    const std::size_t capacity_;
    const std::uint64_t round_;
    const std::unique_ptr<Cell[]> cells_;
    alignas(cache_line) std::atomic<std::uint64_t> tail_{0};
    std::atomic<bool> closed_{false};
    alignas(cache_line) std::atomic<std::uint64_t> head_{0};
    alignas(cache_line) ThreadGate gate_;
};

}  // namespace juggle::detail
