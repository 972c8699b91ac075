#pragma once

#include <stdexcept>

namespace common {

/// What the user can put right: a bad option, a missing file, a full disk. The text is shown as it
/// is, so it names the argument or the file and says what is wrong with it.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace common
