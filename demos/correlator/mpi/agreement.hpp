#pragma once

#include "ranks.hpp"

#include <juggle/task.hpp>

namespace correlator {

/// Questions to all ranks, the same on each, one after the other: whether all say yes.
class Agreement {
public:
    explicit Agreement(const Ranks& ranks) : communicator_{ranks} {}

    /// `co_await`: while the answers come others may run.
    [[nodiscard]] juggle::Task<bool> ask(bool mine);
    /// The same, which waits here.
    [[nodiscard]] bool ask_blocking(bool mine);

private:
    Communicator communicator_;
};

}  // namespace correlator
