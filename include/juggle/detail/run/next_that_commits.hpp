#pragma once

#include <juggle/detail/base/intrusive_list.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Takes the first waiter out of a queue that may be given something, and all before it; null if
/// none may. It has left the queue when it is asked, since that may take others out of it too.
template <class Awaiter>
[[nodiscard]] Awaiter* next_that_commits(IntrusiveList<Awaiter>& queue) noexcept {
    while (!queue.empty()) {
        Awaiter& first = *queue.first();
        queue.remove(first);
        if (first.try_commit()) [[likely]] {
            return &first;
        }
        first.abort();
    }
    return nullptr;
}

}  // namespace juggle::detail
