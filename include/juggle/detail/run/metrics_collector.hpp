#pragma once

#include <juggle/metrics.hpp>
#include <juggle/observer.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Counts what becomes of named things. What is below it sees no more of it than this.
class MetricsCollector : public Observer {
public:
    virtual void add_to(Metrics& metrics) const = 0;
};

}  // namespace juggle::detail
