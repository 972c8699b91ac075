// What every program of the comparison does: the same things, each with its library.
#pragma once

#include <span>
#include <string_view>

namespace peers {

/// One work. `run(count)` does it so many times, checks what came of it, and returns 0 if its time
/// is to be taken from outside; else what it has measured itself.
struct Work {
    std::string_view name;
    double (*run)(long count);
};

/// Of each program: what it is, and what it can do.
extern const std::string_view library;
extern const std::span<const Work> works;

/// Throws, naming `what`, unless the two are equal.
void check_equal(std::string_view what, long is, long should_be);

/// Tasks that stand in line at once.
inline constexpr long in_line = 1'000;

/// Elements that a queue has room for, and jobs in flight.
inline constexpr int capacity = 64;
inline constexpr int jobs_in_flight = 16;

/// Takes the places of tasks as they get their turn; throws if one comes too early.
class Order {
public:
    void enter(long place) { check_equal("place in the line", place, next_++); }
    long entered() const noexcept { return next_; }

private:
    long next_ = 0;
};

}  // namespace peers
