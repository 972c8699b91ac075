#include "line.hpp"

#include <cstddef>

namespace messages {

using network::sample_at;

Line::Line() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
}

void Line::fill(std::vector<float>& chunk, int number) const {
    if (!is_first()) {
        return;
    }
    const std::size_t first = static_cast<std::size_t>(number) * floats_per_chunk;
    for (std::size_t place = 0; place < chunk.size(); ++place) {
        chunk[place] = sample_at(first + place);
    }
}

void Line::check(const std::vector<float>& chunk, int number) {
    if (!is_last()) {
        return;
    }
    float factor = 1;
    for (int rank = 0; rank < ranks_; ++rank) {
        factor *= 3;
    }
    const std::size_t first = static_cast<std::size_t>(number) * floats_per_chunk;
    bool good = true;
    for (std::size_t place = 0; place < chunk.size(); ++place) {
        good = good && chunk[place] == factor * sample_at(first + place);
    }
    ++(good ? right_ : wrong_);
}

}  // namespace messages
