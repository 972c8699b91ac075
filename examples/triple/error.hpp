#pragma once

#include "common/error.hpp"

namespace triple {

using common::Error;

}  // namespace triple
