#pragma once

#include <juggle/offload.hpp>
#include <juggle/task.hpp>

#include <latch>

namespace support {

/// A call on another thread that does not return before the test lets it.
class BlockedOffload {
public:
    juggle::Task<> run() {
        co_await juggle::offload([this] {
            begun_.count_down();
            go_on_.wait();
            returned_ = true;
        });
    }

    /// Blocks until it is on its thread.
    void wait_until_begun() const { begun_.wait(); }
    void go_on() { go_on_.count_down(); }
    /// To be asked when the offload is over.
    [[nodiscard]] bool returned() const noexcept { return returned_; }

private:
    std::latch begun_{1};
    std::latch go_on_{1};
    bool returned_ = false;
};

}  // namespace support
