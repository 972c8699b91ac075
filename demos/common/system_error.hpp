#pragma once

#include "common/error.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace common {

/// "<what>: <text of errno>"; made before anything else can change errno.
class SystemError : public Error {
public:
    explicit SystemError(const std::string& what)
        : Error(what + ": " + std::generic_category().message(errno)) {}
};

}  // namespace common
