#pragma once

#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace support {

/// Opens a gate from a thread of its own as soon as the thread that made it blocks, or says
/// `open_now`: whoever blocks can have waited for nothing but the gate.
class GateKeeper {
public:
    /// What opens it is called once.
    explicit GateKeeper(std::function<void()> open)
        : open_{std::move(open)},
          thread_{[this, path = "/proc/self/task/" + std::to_string(::syscall(SYS_gettid)) +
                                "/stat"] { keep(path); }} {}
    GateKeeper(const GateKeeper&) = delete;
    GateKeeper& operator=(const GateKeeper&) = delete;
    ~GateKeeper() { open_now(); }

    /// It may open from now on when its maker blocks; not before.
    void watch() { watching_ = true; }

    void open_now() {
        open_now_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    bool opened() const { return opened_; }

private:
    void keep(const std::string& path) {
        while (!open_now_ && !(watching_ && sleeps(path))) {
            std::this_thread::yield();
        }
        opened_ = true;
        open_();
    }

    /// The state is the letter behind the parentheses around the program's name.
    static bool sleeps(const std::string& path) {
        std::ifstream file{path};
        std::string stat;
        std::getline(file, stat);
        const std::size_t end = stat.rfind(')');
        return end != std::string::npos && end + 2 < stat.size() && stat[end + 2] == 'S';
    }

    std::function<void()> open_;
    std::atomic<bool> watching_{false};
    std::atomic<bool> open_now_{false};
    std::atomic<bool> opened_{false};
    std::thread thread_;
};

}  // namespace support
