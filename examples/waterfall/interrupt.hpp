#pragma once

namespace waterfall {

/// Turns the first SIGINT or SIGTERM into a request that can be waited for together with
/// input: `fd()` becomes readable and stays so. The second signal ends the process, as if
/// this had never been here. At most one object at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// As a signal does it, from any thread: for when there is no use in reading on.
    void request() noexcept;
    [[nodiscard]] bool requested() const noexcept;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

}  // namespace waterfall
