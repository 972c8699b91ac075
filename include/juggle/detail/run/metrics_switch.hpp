#pragma once

#include <juggle/detail/base/export.hpp>

#include <concepts>
#include <memory>

namespace juggle::inline JUGGLE_ABI {
class Clock;
class Observer;
}  // namespace juggle

namespace juggle::inline JUGGLE_ABI::detail {

class MetricsCollector;

/// One that passes on to `next`, if there is one, what it sees.
[[nodiscard]] JUGGLE_EXPORT std::unique_ptr<MetricsCollector> make_metrics_collector(
    Clock& clock, Observer* next);

/// A truth value that knows how to do what it says: only a program that sets it is linked with the
/// collector.
class MetricsSwitch {
public:
    using MakeFunction = std::unique_ptr<MetricsCollector> (*)(Clock&, Observer*);

    constexpr MetricsSwitch() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): it is used as one
    MetricsSwitch(std::same_as<bool> auto on) noexcept
        : make_{on ? &make_metrics_collector : nullptr} {}

    explicit operator bool() const noexcept { return make_ != nullptr; }
    [[nodiscard]] MakeFunction make() const noexcept { return make_; }

private:
    MakeFunction make_ = nullptr;
};

}  // namespace juggle::detail
