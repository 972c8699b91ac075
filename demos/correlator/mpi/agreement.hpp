#pragma once

#include "correlator/wish.hpp"
#include "ranks.hpp"

#include <juggle/task.hpp>

namespace correlator {

/// Questions to all ranks, one after the other: what they do next.
class Agreement {
public:
    explicit Agreement(const Ranks& ranks) : communicator_{ranks} {}

    /// `co_await`: while the answers come others may run.
    [[nodiscard]] juggle::Task<Wish> ask(Wish mine);
    /// The same, which waits here.
    [[nodiscard]] Wish ask_blocking(Wish mine);

private:
    Communicator communicator_;
};

}  // namespace correlator
