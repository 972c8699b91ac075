#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace waterfall {

/// What the user can put right: a bad option, a missing file, a full disk. The text is
/// shown as it is, so it names the argument or the file and says what is wrong with it.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "<what>: <text of errno>"; made before anything else can change errno.
class SystemError : public Error {
public:
    explicit SystemError(const std::string& what)
        : Error(what + ": " + std::generic_category().message(errno)) {}
};

}  // namespace waterfall
