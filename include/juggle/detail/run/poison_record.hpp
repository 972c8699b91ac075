#pragma once

#include <exception>

namespace juggle::detail {

/// Why a resource is poisoned.
struct PoisonRecord {
    std::exception_ptr cause;  // null if it could not be had
};

}  // namespace juggle::detail
