#pragma once

#include "ranks.hpp"

#include <exception>

namespace correlator {

/// Says on standard error what is wrong.
void complain(const std::exception_ptr& problem);
/// The same, and with which rank if there are several.
void complain(const std::exception_ptr& problem, const Ranks& ranks);

}  // namespace correlator
