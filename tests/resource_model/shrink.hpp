// Makes a list of steps that fails as short as it can.
#pragma once

#include "resource_model/step.hpp"

#include <functional>

namespace resource_model {

/// Leaves out whatever is not needed for `fails` to be true, which is true of `steps`; afterwards
/// no single step could be left out.
///
/// Delta debugging (Zeller and Hildebrandt, IEEE Transactions on Software Engineering 28, 2002),
/// without the tests of subsets alone.
[[nodiscard]] Steps shrink(Steps steps, const std::function<bool(const Steps&)>& fails);

}  // namespace resource_model
