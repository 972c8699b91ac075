#pragma once

#include <juggle/config.hpp>

#include <chrono>
#include <thread>
#include <utility>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// For loops that block the thread until MPI has done something: looks at once for a while, then
/// sleeps longer and longer, up to a millisecond.
class Nap {
public:
    /// True once: it has slept for a second in all by then.
    bool sleep() noexcept {
        if (++looks_ <= 1000) {
            return false;
        }
        std::this_thread::sleep_for(length_);
        slept_ += length_;
        length_ = length_ < std::chrono::milliseconds{1} ? 2 * length_ : length_;
        return slept_ >= std::chrono::seconds{1} && !std::exchange(is_long_, true);
    }

private:
    int looks_ = 0;
    bool is_long_ = false;
    std::chrono::microseconds slept_{0};
    std::chrono::microseconds length_{20};
};

}  // namespace juggle::mpi::detail
