#pragma once

#include <algorithm>
#include <chrono>

namespace waterfall {

/// How long a part of the pipeline that does one thing after the other was at work.
class LaneUse {
public:
    using Time = std::chrono::nanoseconds;  ///< since some moment, the same for all

    /// The part has done a piece of work, which it could have begun at `possible`, at `ended`.
    void add(Time possible, Time ended) {
        const Time begun = std::max(possible, last_);
        if (ended > begun) {
            busy_ += ended - begun;
            last_ = ended;
        }
    }

    /// All of it so far.
    [[nodiscard]] Time busy() const { return busy_; }

private:
    Time last_{};
    Time busy_{};
};

}  // namespace waterfall
