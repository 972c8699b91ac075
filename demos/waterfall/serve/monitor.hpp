#pragma once

#include "serve/broadcast.hpp"
#include "serve/figures.hpp"

#include <juggle/task.hpp>

#include <chrono>
#include <string>

namespace waterfall {

class Pipeline;
class SampleSource;

/// Says how it is going: to browsers each second, and to Prometheus when it asks. For the
/// executor's thread.
class Monitor {
public:
    Monitor(const Pipeline& pipeline, const SampleSource& source, Broadcast& broadcast);

    /// Until it is asked to stop.
    [[nodiscard]] juggle::Task<> run();

    /// The page for Prometheus: what the program has done, and its executor.
    [[nodiscard]] std::string metrics() const;

private:
    [[nodiscard]] Figures figures() const;

    const Pipeline& pipeline_;
    const SampleSource& source_;
    Broadcast& broadcast_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace waterfall
