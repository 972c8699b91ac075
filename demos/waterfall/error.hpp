#pragma once

#include "common/error.hpp"
#include "common/system_error.hpp"

namespace waterfall {

using common::Error;
using common::SystemError;

}  // namespace waterfall
