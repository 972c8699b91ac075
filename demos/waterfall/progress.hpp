#pragma once

#include <juggle/task.hpp>

#include <chrono>
#include <cstdint>

namespace waterfall {

/// How far the pipeline is, and how fast it goes.
class Progress {
public:
    explicit Progress(double sample_rate) : sample_rate_(sample_rate) {}

    void start() { started_ = std::chrono::steady_clock::now(); }
    void add(std::uint64_t samples) { samples_ += samples; }
    void stop() { elapsed_ = std::chrono::steady_clock::now() - started_; }

    [[nodiscard]] std::uint64_t samples() const { return samples_; }
    [[nodiscard]] double seconds_of_signal() const;
    [[nodiscard]] double seconds() const { return elapsed_.count(); }
    [[nodiscard]] double megasamples_per_second() const;

    /// Keeps a line up to date on standard error until it is stopped; ends at once where that
    /// is not a terminal.
    [[nodiscard]] juggle::Task<> show();

private:
    void print_line();

    double sample_rate_;
    std::uint64_t samples_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::duration<double> elapsed_{};
};

}  // namespace waterfall
