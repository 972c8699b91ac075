#pragma once

#include <juggle/config.hpp>

#include <exception>

namespace juggle::inline JUGGLE_ABI::detail {

/// Why a resource is poisoned.
struct PoisonRecord {
    std::exception_ptr cause;  // null if it could not be had
};

}  // namespace juggle::detail
