#pragma once

#include <sched.h>

namespace measure {

/// Keeps the calling thread, and those that it starts, on one processor while it lives: the
/// `number`th of those that the process may use, counted from 0, if there are so many.
class OnProcessor {
public:
    explicit OnProcessor(int number);
    ~OnProcessor();
    OnProcessor(const OnProcessor&) = delete;
    OnProcessor& operator=(const OnProcessor&) = delete;

private:
    cpu_set_t before_{};
};

/// Looks whether a thread really sleeps: the one that made this object.
class Sleeper {
public:
    Sleeper();
    ~Sleeper();
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    /// Returns, on another thread, when the kernel says so and a little later.
    void wait_until_asleep() const;

private:
    int status_file_;
};

}  // namespace measure
