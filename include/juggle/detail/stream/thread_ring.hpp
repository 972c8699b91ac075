#pragma once

#include <juggle/detail/stream/thread_gate.hpp>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// Bounded first-in first-out ring that many threads push to and one takes from, without locks;
/// who finds it full may sleep until there is room.
///
/// Positions only ever grow; position p lives in cell p modulo the number of cells, which is larger
/// than the capacity, so that the cell behind the last element is always free.
///
/// `tail_` is the next position to be claimed, times two; the lowest bit: closed, nothing is
/// claimed any more. `head_` is the first position that has not been taken out. A producer claims
/// a position by adding to `tail_`, if that is less than `head_` plus the capacity.
///
/// The state of a cell, of which each change is one atomic exchange:
///
/// - *free*: no element, or one that is being put in. Its producer makes it full, the consumer
///   awaited, who closes makes it the end.
/// - *awaited*: the same, and the thread that replaces this value, and no other, notifies the
///   consumer. Its producer makes it full, a thread that closes makes it the end.
/// - *full*: an element. The consumer makes it free.
/// - *end*: closed; no element will come at this position. Stays so.
/// - *abandoned*: the consumer is gone. The producer that is putting an element in makes it full,
///   and destroys the element.
///
/// The consumer takes positions in order, so awaiting one cell is enough. What a producer writes
/// into a cell is seen by the consumer because it acquires *full*; that a cell is free again is
/// seen by the next producer because it acquires `head_`, which is written after it; by who closes,
/// because it acquires `tail_`, which that producer released.
///
/// Producers sleep at `gate_`; what they look at before, and others change, is `head_` and `tail_`.
///
/// The ring is that of D. Vyukov's bounded queue; awaiting a cell, and the gate, replace its
/// polling.
template <class T>
class ThreadRing {
public:
    /// What became of an element. It was not touched if it is not *taken*.
    enum class Push {
        taken,
        taken_and_awaited,  ///< the consumer must be told
        full,
        closed
    };

    /// The largest capacity.
    static constexpr std::size_t most() noexcept {
        return std::bit_floor(
                   static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)()) /
                   sizeof(Cell)) -
               1;
    }

    explicit ThreadRing(std::size_t capacity)
        : capacity_{capacity}, mask_{std::bit_ceil(capacity + 1) - 1},
          cells_{std::make_unique<Cell[]>(mask_ + 1)} {}

    // From any thread.

    [[nodiscard]] Push try_push(T& element) noexcept {
        std::uint64_t tail = tail_.load(std::memory_order_seq_cst);
        for (;;) {
            if (is_closed(tail)) {
                return Push::closed;
            }
            // Wraps, and so looks full, if others have gone on since the tail was read.
            if (tail / 2 - head_.load(std::memory_order_seq_cst) >= capacity_) {
                const std::uint64_t tail_now = tail_.load(std::memory_order_seq_cst);
                if (tail_now == tail) {
                    return Push::full;
                }
                tail = tail_now;
            } else if (tail_.compare_exchange_weak(tail, tail + 2, std::memory_order_acq_rel,
                                                   std::memory_order_relaxed)) {
                return put(cell_at(tail / 2), element);
            }
        }
    }

    /// Sleeps while the ring is full.
    [[nodiscard]] Push push(T& element) noexcept {
        for (;;) {
            Push result = try_push(element);
            if (result != Push::full) {
                return result;
            }
            const std::uint32_t number = gate_.shut();
            result = try_push(element);
            if (result != Push::full) {
                return result;
            }
            gate_.sleep(number);
        }
    }

    /// Nothing is taken in from now on, and no thread sleeps any more. True: the consumer must be
    /// told.
    [[nodiscard]] bool close() noexcept {
        const std::uint64_t tail = tail_.fetch_or(1, std::memory_order_seq_cst);
        gate_.open();
        return !is_closed(tail) && cell_at(tail / 2).state.exchange(
                                       State::end, std::memory_order_acq_rel) == State::awaited;
    }

    [[nodiscard]] bool closed() const noexcept {
        return is_closed(tail_.load(std::memory_order_acquire));
    }

    // What follows is for the consumer only.

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// How many elements have been claimed; the newest may not be there yet.
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(tail_.load(std::memory_order_acquire) / 2 - position_);
    }

    /// Whether there is an element.
    [[nodiscard]] bool available() const noexcept { return front_is(State::full); }

    /// Whether there is none, and none will come.
    [[nodiscard]] bool ended() const noexcept { return front_is(State::end); }

    /// Precondition of these two: available.
    [[nodiscard]] T& front() noexcept { return *front_cell().element(); }
    void pop_front() noexcept {
        Cell& cell = front_cell();
        std::destroy_at(cell.element());
        cell.state.store(State::free, std::memory_order_relaxed);
        head_.store(++position_, std::memory_order_seq_cst);
        gate_.open();
    }

    /// True: the thread that puts the next element in, or closes, learns that the consumer must be
    /// told. False: there is an element, or the end.
    [[nodiscard]] bool await() noexcept {
        State state = State::free;
        return front_cell().state.compare_exchange_strong(state, State::awaited,
                                                          std::memory_order_acq_rel) ||
               state == State::awaited;
    }

    /// Destroys the elements, those included that are being put in. Precondition: closed.
    void abandon() noexcept {
        const std::uint64_t end = tail_.load(std::memory_order_acquire) / 2;
        for (; position_ != end; ++position_) {
            Cell& cell = front_cell();
            if (cell.state.exchange(State::abandoned, std::memory_order_acq_rel) == State::full) {
                std::destroy_at(cell.element());
            }
        }
    }

private:
    enum class State : std::uint8_t { free, awaited, full, end, abandoned };

    struct Cell {
        [[nodiscard]] T* element() noexcept { return std::launder(reinterpret_cast<T*>(memory)); }

        std::atomic<State> state{State::free};
        alignas(T) std::byte memory[sizeof(T)];
    };

    [[nodiscard]] static bool is_closed(std::uint64_t tail) noexcept { return (tail & 1) != 0; }

    [[nodiscard]] Cell& cell_at(std::uint64_t position) const noexcept {
        return cells_[static_cast<std::size_t>(position) & mask_];
    }
    [[nodiscard]] Cell& front_cell() const noexcept { return cell_at(position_); }
    [[nodiscard]] bool front_is(State state) const noexcept {
        return front_cell().state.load(std::memory_order_acquire) == state;
    }

    [[nodiscard]] static Push put(Cell& cell, T& element) noexcept {
        std::construct_at(reinterpret_cast<T*>(cell.memory), std::move(element));
        const State before = cell.state.exchange(State::full, std::memory_order_acq_rel);
        if (before == State::abandoned) [[unlikely]] {
            std::destroy_at(cell.element());
        }
        return before == State::awaited ? Push::taken_and_awaited : Push::taken;
    }

    static constexpr std::size_t cache_line = 64;

    const std::size_t capacity_;
    const std::size_t mask_;
    const std::unique_ptr<Cell[]> cells_;
    alignas(cache_line) std::atomic<std::uint64_t> tail_{0};
    alignas(cache_line) std::atomic<std::uint64_t> head_{0};
    std::uint64_t position_ = 0;  // the consumer's own copy of head_
    alignas(cache_line) ThreadGate gate_;
};

}  // namespace juggle::detail
