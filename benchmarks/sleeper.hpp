#pragma once

namespace measure {

/// Keeps the calling thread on one processor, the `number`th of those that the process may use,
/// while it lives; does nothing if there are not so many.
class OnProcessor {
public:
    explicit OnProcessor(int number);
    ~OnProcessor();
    OnProcessor(const OnProcessor&) = delete;
    OnProcessor& operator=(const OnProcessor&) = delete;
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
