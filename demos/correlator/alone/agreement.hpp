#pragma once

#include "correlator/wish.hpp"
#include "ranks.hpp"

#include <juggle/task.hpp>

namespace correlator {

/// There is nobody else to ask.
class Agreement {
public:
    explicit Agreement(const Ranks& /*ranks*/) {}

    [[nodiscard]] juggle::Task<Wish> ask(Wish mine) { co_return mine; }
    [[nodiscard]] Wish ask_blocking(Wish mine) { return mine; }
};

}  // namespace correlator
