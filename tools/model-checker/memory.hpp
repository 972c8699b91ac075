#pragma once

#include "clock.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace model {

/// The orders as the compiler numbers them.
enum Order { relaxed, consume, acquire, release, acq_rel, seq_cst };

[[nodiscard]] constexpr bool acquires(Order order) {
    return order == acquire || order == acq_rel || order == seq_cst || order == consume;
}
[[nodiscard]] constexpr bool releases(Order order) {
    return order == release || order == acq_rel || order == seq_cst;
}

/// A value that a location has, had, or for some threads will have.
struct Store {
    std::uint64_t value;
    std::uint32_t key;  ///< its place in the modification order
    bool rmw_follows;   ///< the next in that order has read this one: nothing fits between
    Clock happened;     ///< what whoever acquires this one synchronises with
    View view;
    int event;  ///< which of the execution's events made it; -1: none of them
};

/// One atomic object, one futex, one mutex: whatever has its address.
struct Location {
    std::uintptr_t address;
    std::size_t id;
    unsigned size = 0;
    std::vector<Store> stores;  ///< in modification order; empty until first used as an atomic
    std::uint32_t last_key = 0;
    std::uint32_t sequential = 0;  ///< the newest that a sequentially consistent operation met
    std::uint32_t fenced = 0;      ///< the same for what came before a fence

    std::uint32_t futex = 0;  ///< the newest store that a waker knew of
    int owner = -1;           ///< of the mutex
    Clock unlocked{};
    View unlocked_view{};
};

/// What one thread knows.
struct Knowledge {
    Clock clock{};
    View view{};
    // Picked up by relaxed loads, to be had after a fence; left behind by a fence, for relaxed
    // stores.
    Clock to_acquire{};
    View view_to_acquire{};
    Clock released{};
    View view_released{};
};

/// The memory model: which stores an operation may read or follow, and what that teaches a thread.
/// It is C++20's less what README.md says.
class Memory {
public:
    /// Starts from an empty memory.
    void reset();

    [[nodiscard]] Location& at(std::uintptr_t address);
    [[nodiscard]] Location& atomic_at(std::uintptr_t address, unsigned size);

    /// The oldest key that an operation of that order may read or follow.
    [[nodiscard]] static std::uint32_t oldest(const Knowledge& knowledge, const Location& location,
                                              Order order);

    static void read(Knowledge& knowledge, Location& location, const Store& store, Order order);
    /// Puts a store behind the one of that index, and returns it. `from`: the one that a
    /// read-modify-write has read, or null.
    static Store& write(Knowledge& knowledge, std::size_t thread, Location& location,
                        std::size_t behind, std::uint64_t value, Order order, bool rmw, int event);
    void fence(Knowledge& knowledge, Order order);

    /// The plain memory there has been written to: what was known of it as an atomic is over.
    void forget(std::uintptr_t address);

    [[nodiscard]] static std::uint64_t load(std::uintptr_t address, unsigned size);
    static void store(std::uintptr_t address, unsigned size, std::uint64_t value);

private:
    std::vector<Location> locations_;
};

}  // namespace model
