#pragma once

#include "ranks.hpp"

#include <juggle/task.hpp>

namespace correlator {

/// There is nobody else to ask.
class Agreement {
public:
    explicit Agreement(const Ranks& /*ranks*/) {}

    [[nodiscard]] juggle::Task<bool> ask(bool mine) { co_return mine; }
    [[nodiscard]] bool ask_blocking(bool mine) { return mine; }
};

}  // namespace correlator
