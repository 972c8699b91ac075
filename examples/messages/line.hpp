#pragma once

#include "network/chunk.hpp"

#include <juggle/mpi.hpp>

#include <vector>

namespace messages {

using network::floats_per_chunk;

// [line]
/// The ranks stand in a line. What comes from the one before is tripled, and goes to the one
/// behind. The first makes the chunks, and the last looks whether they are right.
class Line {
public:
    Line();

    /// MPI_PROC_NULL for the first, which receives nothing then.
    [[nodiscard]] int before() const noexcept { return is_first() ? MPI_PROC_NULL : rank_ - 1; }
    /// MPI_PROC_NULL for the last, which sends nothing then.
    [[nodiscard]] int behind() const noexcept { return is_last() ? MPI_PROC_NULL : rank_ + 1; }
    [[nodiscard]] bool is_first() const noexcept { return rank_ == 0; }
    [[nodiscard]] bool is_last() const noexcept { return rank_ == ranks_ - 1; }

    /// Makes the chunk of this number, if this is the first rank.
    void fill(std::vector<float>& chunk, int number) const;
    /// Counts it as right or wrong, if this is the last rank.
    void check(const std::vector<float>& chunk, int number);

    [[nodiscard]] int right() const noexcept { return right_; }
    [[nodiscard]] int wrong() const noexcept { return wrong_; }
    // [/line]

private:
    int rank_ = 0;
    int ranks_ = 1;
    int right_ = 0;
    int wrong_ = 0;
};

/// Elements of a message.
inline constexpr int count = static_cast<int>(floats_per_chunk);

}  // namespace messages
