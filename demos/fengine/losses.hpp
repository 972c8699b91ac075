#pragma once

#include "gpu.hpp"

#include <juggle/async_event.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace fengine::ON_GPU {

/// Says what has become of chunks that the device did not compute, and when there is no hope left.
class Losses {
public:
    /// Sets `hopeless` when so many were lost in a row that the device must be broken.
    explicit Losses(juggle::AsyncEvent& hopeless) : hopeless_{hopeless} {}

    /// A chunk of a stream has come through.
    void arrived() {
        if (!is_hopeless()) {
            in_a_row_ = 0;
        }
    }
    /// It has not; that is said on standard error.
    void lost(const std::string& stream, std::uint64_t timestamp, const std::exception_ptr& why);

    [[nodiscard]] bool is_hopeless() const { return in_a_row_ >= no_hope; }
    static constexpr std::uint64_t no_hope = 32;

private:
    juggle::AsyncEvent& hopeless_;
    std::uint64_t in_a_row_ = 0;
};

/// What an exception says.
[[nodiscard]] std::string text_of(const std::exception_ptr& problem);

}  // namespace fengine::ON_GPU
