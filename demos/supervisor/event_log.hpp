#pragma once

#include <juggle/clock.hpp>

#include <chrono>
#include <ostream>
#include <string>

namespace supervisor {

/// Hours, minutes and seconds: "1:02:03".
[[nodiscard]] std::string shown(std::chrono::seconds time);

/// A line for each thing that happens, with the simulated time; or none.
class EventLog {
public:
    /// Null: nothing is written.
    EventLog(std::ostream* out, juggle::Clock& clock) noexcept : out_{out}, clock_{clock} {}

    /// Says it as "time  parts...".
    template <class... Parts>
    void operator()(const Parts&... parts) {
        if (out_ != nullptr) {
            const std::string time = shown(since_start());
            *out_ << std::string(time.size() < 9 ? 9 - time.size() : 0, ' ') << time << "  ";
            (*out_ << ... << parts) << '\n';
        }
    }

    [[nodiscard]] std::chrono::seconds since_start() {
        return std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch());
    }

private:
    std::ostream* out_;
    juggle::Clock& clock_;
};

}  // namespace supervisor
