#include <juggle/detail/run/destroy_in_bounds.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/ready_queue.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// What is being destroyed on this thread.
struct Destruction {
    int nesting = 0;
    ReadyQueue left;  // too deep inside
};
constinit thread_local Destruction destruction;

}  // namespace

void destroy_in_bounds(PostNode& node) noexcept {
    if (destruction.nesting == Loop::deepest_nesting) {
        destruction.left.push(node);
        return;
    }
    ++destruction.nesting;
    ReadyQueue::run(node);
    if (destruction.nesting == Loop::deepest_nesting) {
        while (!destruction.left.empty()) {
            ReadyQueue::run(destruction.left.pop());
        }
    }
    --destruction.nesting;
}

bool is_destroying_in_bounds() noexcept { return destruction.nesting != 0; }

}  // namespace juggle::detail
