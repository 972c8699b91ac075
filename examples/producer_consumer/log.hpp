#pragma once

#include <juggle/executor.hpp>

#include <chrono>
#include <iostream>
#include <string_view>

namespace producer_consumer {

/// Prints what happens, with the executor's time since the log was made.
class Log {
public:
    explicit Log(juggle::Executor& executor) : executor_{executor}, start_{executor.now()} {}

    template <class... What>
    void say(std::string_view who, const What&... what) {
        using Milliseconds = std::chrono::milliseconds;
        const auto time = std::chrono::duration_cast<Milliseconds>(executor_.now() - start_);
        std::cout.width(6);
        std::cout << time.count() << " ms  ";
        std::cout.width(8);
        std::cout << who << "  ";
        (std::cout << ... << what) << std::endl;  // for whoever watches
    }

private:
    juggle::Executor& executor_;
    juggle::TimePoint start_;
};

}  // namespace producer_consumer
