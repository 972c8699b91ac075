#pragma once

#include <juggle/detail/base/export.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// A holder of the resource failed, so its value cannot be trusted.
///
/// Thrown by every `wait...()` until `Resource::clear_poison`. The text names the resource and the
/// line that acquired the allocation which failed. Where the failure's own exception is known, it
/// is nested: see `std::rethrow_if_nested`. Where one poisoned resource has led to the next these
/// exceptions are nested as deep as that goes, and need no more of the native stack for it.
class JUGGLE_EXCEPTION ResourcePoisoned : public std::runtime_error {
public:
    ResourcePoisoned(const std::string& text, std::exception_ptr cause)
        : std::runtime_error{text}, cause_{std::move(cause)} {}
    ResourcePoisoned(const ResourcePoisoned&) = default;
    ResourcePoisoned& operator=(const ResourcePoisoned&) = default;
    ~ResourcePoisoned() override;

    /// Why the holder failed; null if that could not be had.
    [[nodiscard]] const std::exception_ptr& cause() const noexcept { return cause_; }

private:
    std::exception_ptr cause_;
};

}  // namespace juggle
