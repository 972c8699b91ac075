#pragma once

#include <juggle/clock.hpp>
#include <juggle/metrics.hpp>
#include <juggle/observer.hpp>

#include <memory>

namespace juggle::detail {

/// Counts what becomes of named things. What is below it sees no more of it than this.
class MetricsCollector : public Observer {
public:
    virtual void add_to(Metrics& metrics) const = 0;
};

/// One that passes on to `next`, if there is one, what it sees.
[[nodiscard]] std::unique_ptr<MetricsCollector> make_metrics_collector(Clock& clock,
                                                                       Observer* next);

}  // namespace juggle::detail
