#pragma once

#include <juggle/detail/base/export.hpp>

#include <exception>
#include <stdexcept>
#include <string>

namespace juggle {

/// A holder of the resource failed, so its value cannot be trusted.
///
/// Thrown by every `wait...()` until `Resource::clear_poison`. The text names the resource and the
/// line that acquired the allocation which failed. Where the failure's own exception is known, it
/// is nested: see `std::rethrow_if_nested`.
class JUGGLE_EXCEPTION ResourcePoisoned : public std::runtime_error {
public:
    ResourcePoisoned(const std::string& text, std::exception_ptr cause)
        : std::runtime_error{text}, cause_{std::move(cause)} {}

    /// Why the holder failed; null if that could not be had.
    [[nodiscard]] const std::exception_ptr& cause() const noexcept { return cause_; }

private:
    std::exception_ptr cause_;
};

}  // namespace juggle
