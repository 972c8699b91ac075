#pragma once

#include <stdexcept>

namespace triple {

/// What the user can put right. The text is shown as it is, so it names the argument and the value.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace triple
