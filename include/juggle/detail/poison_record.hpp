#pragma once

#include <exception>
#include <source_location>

namespace juggle::detail {

/// Why a resource is poisoned.
struct PoisonRecord {
    std::source_location acquired_at;
    std::exception_ptr cause;  // null if it could not be had
};

}  // namespace juggle::detail
