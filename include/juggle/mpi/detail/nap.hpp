#pragma once

#include <chrono>
#include <thread>

namespace juggle::mpi::detail {

/// For loops that block the thread until MPI has done something: looks at once for a while, then
/// sleeps longer and longer, up to a millisecond.
class Nap {
public:
    void sleep() noexcept {
        if (++looks_ > 1000) {
            std::this_thread::sleep_for(length_);
            length_ = length_ < std::chrono::milliseconds{1} ? 2 * length_ : length_;
        }
    }

private:
    int looks_ = 0;
    std::chrono::microseconds length_{20};
};

}  // namespace juggle::mpi::detail
